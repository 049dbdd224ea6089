"""The knowledge graph: what papers, people, technologies, concepts, projects and events have to do with each other."""
