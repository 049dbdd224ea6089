"""What may be wrong with a question to the graph."""

from shared.errors import NotFound


class NodeNotFound(NotFound):
    """No such node, or one of which nothing is visible to the caller."""

    code = "node.not_found"
    title = "No such node"
