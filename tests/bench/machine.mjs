// Where the figures come from. Fails when there is no gateway to measure.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";

const said = (command, args) => execFileSync(command, args, { encoding: "utf8" }).trim().split("\n")[0];

export function machine(build) {
  const distribution = /PRETTY_NAME="(.*)"/.exec(readFileSync("/etc/os-release", "utf8"))?.[1] ?? "unknown";
  return {
    cpu: cpus()[0].model.trim(),
    cores: cpus().length,
    memory_gb: Math.round(totalmem() / 2 ** 30),
    kernel: said("uname", ["-r"]).replace(/[^0-9.].*/, ""),
    distribution,
    compiler: said("g++", ["--version"]),
    node: process.version,
    mcp: said(join(build, "mcp"), ["version"]),
  };
}
