// The program that the gateway starts for a scripted stdio server: passes bytes between its pipes and the dialogue.
import net from "node:net";

const socket = net.connect(process.argv[2]);
process.stdin.pipe(socket);
socket.pipe(process.stdout);
socket.on("close", () => process.exit(0));
socket.on("error", () => process.exit(1));
