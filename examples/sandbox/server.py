"""A server with tools that try things: what comes of it is up to the sandbox it runs in."""
import json
import os
import socket
import sys

TOOLS = ["read", "write", "connect", "list"]


def attempt(name, arguments):
    path = arguments.get("path", "")
    if name == "read":
        with open(path) as file:
            return file.read().strip()
    if name == "write":
        with open(path, "w") as file:
            file.write("written\n")
        return "written"
    if name == "list":
        return " ".join(sorted(os.listdir(path)))
    try:
        socket.create_connection(("192.0.2.1", 443), timeout=5)
    except OSError:
        return "not reached"
    return "reached"


def answer(method, params):
    if method == "initialize":
        return {"protocolVersion": params["protocolVersion"], "capabilities": {"tools": {}},
                "serverInfo": {"name": "look", "version": "1"}}
    if method == "tools/list":
        schema = {"type": "object", "properties": {"path": {"type": "string"}}}
        return {"tools": [{"name": name, "inputSchema": schema} for name in TOOLS]}
    if method != "tools/call":
        return {}
    try:
        return {"content": [{"type": "text", "text": attempt(params["name"], params.get("arguments", {}))}]}
    except OSError as error:
        return {"isError": True, "content": [{"type": "text", "text": os.strerror(error.errno)}]}


for line in sys.stdin:
    message = json.loads(line)
    if "id" in message and "method" in message:
        result = answer(message["method"], message.get("params", {}))
        print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}), flush=True)
