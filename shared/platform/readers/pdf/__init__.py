"""The PDF reader, a file for each concern; it runs in a limited child process, and only there is pdfium imported."""
