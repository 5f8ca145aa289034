"""The web console: server-rendered pages, server-sent events, a little plain JavaScript."""
