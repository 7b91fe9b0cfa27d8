"""The only place that imports pydantic-ai and the SDKs of providers; itself imported late, in a thread."""
