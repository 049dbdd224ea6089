"""The messages between the Functions host and its Python worker (FunctionRpc), as far as they are spoken here.

The worker library takes them from whoever calls it. They are real protobuf messages, so that a field that does not
exist or a value of another type is an error, as on the wire; numbers do not matter, because nothing is sent.
"""

import re
from types import SimpleNamespace
from typing import Any

from google.protobuf import descriptor_pb2, duration_pb2, message_factory
from google.protobuf.descriptor_pool import Default

PACKAGE = "FunctionRpc"
SCHEMA = """
StatusResult: status=Status result exception=RpcException
  enum Status: Failure Success Cancelled
RpcException: source stack_trace message is_user_exception=bool type
WorkerInitRequest: host_version capabilities=map:string worker_directory function_app_directory
WorkerInitResponse: worker_version capabilities=map:string result=StatusResult worker_metadata=WorkerMetadata
WorkerMetadata: runtime_name runtime_version worker_version worker_bitness custom_properties=map:string
FunctionsMetadataRequest: function_app_directory
FunctionMetadataResponse: function_metadata_results=*RpcFunctionMetadata result=StatusResult
  use_default_metadata_indexing=bool
RpcFunctionMetadata: name directory script_file entry_point bindings=map:BindingInfo is_proxy=bool status=StatusResult
  language raw_bindings=*string function_id managed_dependency_enabled=bool retry_options=RpcRetryOptions
  properties=map:string
BindingInfo: type direction=Direction data_type=DataType properties=map:string
  enum Direction: in out inout
  enum DataType: undefined string binary stream
RpcRetryOptions: max_retry_count=int32 delay_interval=Duration minimum_interval=Duration maximum_interval=Duration
  retry_strategy=RetryStrategy
  enum RetryStrategy: exponential_backoff fixed_delay
FunctionLoadRequest: function_id metadata=RpcFunctionMetadata managed_dependency_enabled=bool
FunctionLoadResponse: function_id result=StatusResult
InvocationRequest: invocation_id function_id input_data=*ParameterBinding trigger_metadata=map:TypedData
  trace_context=RpcTraceContext retry_context=RetryContext
InvocationResponse: invocation_id output_data=*ParameterBinding result=StatusResult return_value=TypedData
RpcTraceContext: trace_parent trace_state attributes=map:string
RetryContext: retry_count=int32 max_retry_count=int32 exception=RpcException
ParameterBinding: name rpc_data|data=TypedData rpc_data|rpc_shared_memory=RpcSharedMemory
RpcSharedMemory: name offset=int64 count=int64
TypedData: data|string data|json data|bytes=bytes data|stream=bytes data|http=RpcHttp data|int=sint64
  data|double=double data|collection_bytes=CollectionBytes data|collection_string=CollectionString
  data|collection_double=CollectionDouble data|collection_sint64=CollectionSInt64
  data|model_binding_data=ModelBindingData data|collection_model_binding_data=CollectionModelBindingData
CollectionBytes: bytes=*bytes
CollectionString: string=*string
CollectionDouble: double=*double
CollectionSInt64: sint64=*sint64
ModelBindingData: version source content_type content=bytes
CollectionModelBindingData: model_binding_data=*ModelBindingData
RpcHttp: method url headers=map:string body=TypedData params=map:string status_code query=map:string
StreamingMessage: request_id content|worker_init_request=WorkerInitRequest
  content|functions_metadata_request=FunctionsMetadataRequest content|function_load_request=FunctionLoadRequest
  content|invocation_request=InvocationRequest
"""
"""A message a paragraph: `name=type`, text without a type; `*` repeated, `map:` by text, `group|` one of a group."""

_Field = descriptor_pb2.FieldDescriptorProto
_SCALARS = {
    name: getattr(_Field, f"TYPE_{name.upper()}")
    for name in ("string", "bytes", "bool", "int32", "int64", "sint64", "double")
}


def _paragraphs() -> dict[str, tuple[list[str], dict[str, list[str]]]]:
    """Each message's fields and enums."""
    found: dict[str, tuple[list[str], dict[str, list[str]]]] = {}
    message = ""
    for line in re.sub(r"\n  (?!enum )", " ", SCHEMA.strip()).splitlines():
        head, _, words = line.partition(": ")
        if head.startswith("  enum "):
            found[message][1][head.removeprefix("  enum ")] = words.split()
        else:
            message = head
            found[message] = (words.split(), {})
    return found


def _describe() -> descriptor_pb2.FileDescriptorProto:
    paragraphs = _paragraphs()
    file = descriptor_pb2.FileDescriptorProto(
        name="FunctionRpc.proto", package=PACKAGE, syntax="proto3", dependency=[duration_pb2.DESCRIPTOR.name]
    )
    for name, (words, enums) in paragraphs.items():
        message = file.message_type.add(name=name)
        for enum, values in enums.items():
            described = message.enum_type.add(name=enum)
            for number, value in enumerate(values):
                described.value.add(name=value, number=number)
        for word in words:
            _add(message, word)
    return file


def _add(message: Any, word: str) -> None:
    name, _, kind = word.partition("=")
    group, _, name = name.rpartition("|")
    field = message.field.add(name=name, number=len(message.field) + 1, label=_Field.LABEL_OPTIONAL)
    if group:
        if group not in [each.name for each in message.oneof_decl]:
            message.oneof_decl.add(name=group)
        field.oneof_index = len(message.oneof_decl) - 1
    if kind.startswith("map:"):
        _map(message, field, kind.removeprefix("map:"))
        return
    if kind.startswith("*"):
        field.label = _Field.LABEL_REPEATED
    _type(message, field, kind.removeprefix("*") or "string")


def _map(message: Any, field: Any, value: str) -> None:
    entry = message.nested_type.add(name=field.name.title().replace("_", "") + "Entry")
    entry.options.map_entry = True
    entry.field.add(name="key", number=1, label=_Field.LABEL_OPTIONAL, type=_Field.TYPE_STRING)
    _type(message, entry.field.add(name="value", number=2, label=_Field.LABEL_OPTIONAL), value)
    field.label, field.type = _Field.LABEL_REPEATED, _Field.TYPE_MESSAGE
    field.type_name = f".{PACKAGE}.{message.name}.{entry.name}"


def _type(message: Any, field: Any, kind: str) -> None:
    if kind in _SCALARS:
        field.type = _SCALARS[kind]
    elif kind in [enum.name for enum in message.enum_type]:
        field.type, field.type_name = _Field.TYPE_ENUM, f".{PACKAGE}.{message.name}.{kind}"
    else:
        field.type = _Field.TYPE_MESSAGE
        field.type_name = ".google.protobuf.Duration" if kind == "Duration" else f".{PACKAGE}.{kind}"


Default().AddSerializedFile(_describe().SerializeToString())
protos = SimpleNamespace(
    **{
        name: message_factory.GetMessageClass(Default().FindMessageTypeByName(f"{PACKAGE}.{name}"))
        for name in _paragraphs()
    }
)
"""The message classes by name, as the worker library wants them."""
