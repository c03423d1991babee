"""The JSON door: one request object in, one response object out; also behind the command line and MCP."""
