#!/bin/sh
# The node agent's contract has every call, its C++ compiles, and the checks of `make proto-lint` can fail.
# usage: proto_test.sh ROOT
set -eu
cd "$1"
proto=proto/mcp/v1/mcp.proto
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bad=0
complain() {
  echo "$1"
  bad=$((bad + 1))
}

grep -q '^service McpAgentService {$' $proto || complain 'service McpAgentService is missing'
for call in Deploy Plan StopService StartService RestartService SyncDesiredState ListServices LiveCheck GetServiceStatus \
  NodeStatus AdoptContainer PushFile PullFile; do
  grep -qE "^  rpc $call\((stream )?${call}Request\) returns \((stream )?${call}Response\);\$" $proto ||
    complain "the call $call is missing, or does not take ${call}Request and return ${call}Response"
done

scripts/proto "$work/generated" >/dev/null
# shellcheck disable=SC2046  # words on purpose
c++ -std=c++20 -fsyntax-only -I "$work/generated" $(pkg-config --cflags protobuf grpc++) \
  "$work/generated/mcp/v1/mcp.pb.cc" "$work/generated/mcp/v1/mcp.grpc.pb.cc" || complain 'the generated C++ does not compile'

# spoil WHAT SED: a copy of proto/, changed, in $work/proto.
spoil() {
  rm -rf "$work/proto"
  cp -r proto "$work/proto"
  sed -i -e "$2" "$work/proto/mcp/v1/mcp.proto"
  ! cmp -s $proto "$work/proto/mcp/v1/mcp.proto" || complain "cannot $1: the contract does not look so any more"
}
refuses() {
  expected=$1
  spoil "$2" "$3"
  if output=$(scripts/proto --lint "$work/proto" 2>&1); then
    complain "proto-lint lets you $2"
  elif ! printf '%s' "$output" | grep -qF -e "$expected"; then
    complain "proto-lint does not say \"$expected\" but: $output"
  fi
}
scripts/proto --lint >/dev/null || complain 'proto-lint fails'
refuses 'should be suffixed with "Service"' 'name a service badly' 's/service McpAgentService/service McpAgent/'
refuses 'should have a non-empty comment' 'leave a call without a comment' '/What Deploy would change/d'
refuses '-      string name = 1;' 'indent wrongly' 's/^  string name = 1;$/      string name = 1;/'
if git -c safe.directory='*' cat-file -e "HEAD:$proto" 2>/dev/null; then
  refuses 'changed type from "string" to "bytes"' 'change the type of a field' 's/^  string image = 2;$/  bytes image = 2;/'
  refuses 'RPC "NodeStatus"' 'remove a call' '/rpc NodeStatus/d'
fi
[ "$bad" -eq 0 ]
