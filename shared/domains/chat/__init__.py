"""Chat: questions about the programme and about what was published, answered from what the asker may see."""
