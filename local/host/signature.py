"""One function against its bindings: what the real worker checks when it indexes an app, in the same order."""

import collections.abc
import inspect
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from local.host.conversion import Generic, client_converter, converter, has_implicit_output, http_v2
from local.host.function import Binding, Parameter


@dataclass(slots=True)
class Signature:
    """The outcome: how to fill the parameters, or the faults."""

    inputs: dict[str, Parameter] = field(default_factory=dict)
    outputs: dict[str, Parameter] = field(default_factory=dict)
    returns: Parameter | None = None
    wants_context: bool = False
    faults: list[str] = field(default_factory=list)


def check(call: Any, bindings: list[Binding]) -> Signature:
    """Compare parameters and annotations with the bindings. `__wrapped__` is followed, as the worker does."""
    found = Signature()
    try:
        parameters = set(inspect.signature(call).parameters)
        annotations = typing.get_type_hints(call)
    except (NameError, TypeError, ValueError) as error:
        found.faults.append(f"its signature cannot be read: {error}")
        return found
    bound = {binding.name: binding for binding in bindings if binding.name != "$return"}
    _check_directions(bindings, found)
    _check_context(parameters, bound, annotations, found)
    _check_names(parameters, bound, found)
    for name in sorted(parameters & set(bound)):
        _check_parameter(bound[name], annotations, found)
    _check_return(bindings, annotations, found)
    return found


def _check_directions(bindings: list[Binding], found: Signature) -> None:
    for binding in bindings:
        if binding.direction == "INOUT":
            found.faults.append('"inout" bindings are not supported')
        elif binding.name == "$return" and not binding.is_output:
            found.faults.append('the "$return" binding must have direction set to "out"')


def _check_context(
    parameters: set[str], bound: Mapping[str, Binding], annotations: Mapping[str, Any], found: Signature
) -> None:
    if "context" not in parameters or "context" in bound:
        return
    parameters.discard("context")
    found.wants_context = True
    annotation = annotations.get("context")
    if annotation is not None and getattr(annotation, "__name__", "") != "Context":
        found.faults.append(
            f'the "context" parameter is expected to be of type azure.functions.Context, got {annotation!r}'
        )


def _check_names(parameters: set[str], bound: Mapping[str, Binding], found: Signature) -> None:
    if extra := sorted(parameters - set(bound)):
        found.faults.append(f"the parameters {extra} are declared in Python but have no binding")
    if missing := sorted(set(bound) - parameters):
        found.faults.append(f"the bindings {missing} are declared but are not parameters in Python")


def _check_parameter(binding: Binding, annotations: Mapping[str, Any], found: Signature) -> None:
    annotation = annotations.get(binding.name)
    is_out = _is_out(annotation)
    inner = typing.get_args(annotation)[0] if is_out and typing.get_args(annotation) else annotation
    fault = _fault(binding, annotation, inner, is_out=is_out)
    if fault is not None:
        found.faults.append(fault)
        return
    client = None if is_out else client_converter(binding.type, inner)
    found_converter = client or _converter(binding, inner)
    if annotation is not None and not _accepts(binding, found_converter, inner, is_out=is_out):
        found.faults.append(
            f'the {binding.type!r} binding {binding.name!r} does not match its Python annotation "{_name(inner)}"'
        )
        return
    parameter = Parameter(binding, found_converter, inner, is_client=client is not None)
    (found.outputs if binding.is_output else found.inputs)[binding.name] = parameter


def _converter(binding: Binding, annotation: Any) -> Any:
    is_text = annotation in {str, bytes} if isinstance(annotation, type) else False
    return Generic if is_text and not has_implicit_output(binding.type) else converter(binding.type)


def _fault(binding: Binding, annotation: Any, inner: Any, *, is_out: bool) -> str | None:
    if annotation is None:
        return None
    if is_out and inner is annotation:
        return f"the binding {binding.name!r} has an invalid Out annotation {annotation!r}"
    if not isinstance(inner, type) and not _is_generic(inner):
        return f"the binding {binding.name!r} has an invalid non-type annotation {annotation!r}"
    if binding.is_output and not is_out:
        return f"the binding {binding.name!r} has direction out, but its annotation is not azure.functions.Out"
    if is_out and not binding.is_output:
        return f"the binding {binding.name!r} has direction in, but its annotation is azure.functions.Out"
    return None


def _accepts(binding: Binding, found: Any, annotation: Any, *, is_out: bool) -> bool:
    base = http_v2()
    if base is not None and binding.type == "httpTrigger" and not is_out:
        return bool(base.RequestTrackerMeta.check_type(annotation))
    if base is not None and binding.type == "http" and is_out:
        return bool(base.ResponseTrackerMeta.check_type(annotation))
    check_annotation = found.check_output_type_annotation if is_out else found.check_input_type_annotation
    try:
        return bool(check_annotation(annotation))
    except TypeError:
        return False


def _check_return(bindings: list[Binding], annotations: Mapping[str, Any], found: Signature) -> None:
    explicit = next((binding for binding in bindings if binding.name == "$return"), None)
    implicit = next((binding for binding in bindings if has_implicit_output(binding.type)), None)
    annotation = annotations.get("return")
    if explicit is not None and "return" in annotations and (fault := _return_fault(explicit, annotation)):
        found.faults.append(fault)
        return
    binding = explicit or implicit
    if binding is not None:
        found.returns = Parameter(binding, converter(binding.type), annotation)


def _return_fault(binding: Binding, annotation: Any) -> str | None:
    if _is_out(annotation):
        return "the return annotation should not be azure.functions.Out"
    if not isinstance(annotation, type):
        return f"it has an invalid non-type return annotation {annotation!r}"
    if not _accepts(binding, converter(binding.type), annotation, is_out=True):
        return f'its return annotation "{_name(annotation)}" does not match the {binding.type!r} binding'
    return None


def _is_out(annotation: Any) -> bool:
    origin = typing.get_origin(annotation) or annotation
    return isinstance(origin, type) and origin.__name__ == "Out"


def _is_generic(annotation: Any) -> bool:
    """As the worker's copy of typing_inspect decides: `Dict[str, int]` is, `dict[str, int]` and unions are not."""
    if isinstance(annotation, types.GenericAlias | types.UnionType):
        return False
    return typing.get_origin(annotation) not in {None, typing.Union, tuple, typing.ClassVar, collections.abc.Callable}


def _name(annotation: Any) -> str:
    return getattr(annotation, "__name__", repr(annotation))
