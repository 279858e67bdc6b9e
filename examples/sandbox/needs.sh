#!/bin/sh
# Can anything be shut in here?
exec mcp sandbox explain -- python3
