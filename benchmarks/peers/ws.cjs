// Node's `ws`: a broadcast as its README shows it, over the clients of one room.

"use strict";

const { createServer } = require("node:http");
const { WebSocket, WebSocketServer } = require("ws");

const rooms = new Map();

function roomOf(name) {
  if (!rooms.has(name)) rooms.set(name, new Set());
  return rooms.get(name);
}

const server = createServer((request, response) => {
  const counts = request.url.startsWith("/bench/stats") ? { connections: wss.clients.size } : {};
  response.setHeader("Content-Type", "application/json");
  response.end(JSON.stringify(counts));
});

const wss = new WebSocketServer({ server });

wss.on("connection", (client, request) => {
  const [, , kind, name] = request.url.split("/");
  const room = roomOf(kind === "rooms" ? name : "all");
  if (kind !== "publish") {
    room.add(client);
    client.on("close", () => room.delete(client));
  }
  client.on("error", console.error);
  client.on("message", (data, isBinary) => {
    for (const each of room) {
      if (each.readyState === WebSocket.OPEN) each.send(data, { binary: isBinary });
    }
  });
});

server.listen({ port: Number(process.argv[2]), host: "127.0.0.1", backlog: 4096 });
