// Socket.IO on Node: rooms, and `io.to(room).emit(...)`, as its documentation shows them.

"use strict";

const { createServer } = require("node:http");
const { Server } = require("socket.io");

const server = createServer((request, response) => {
  const counts = request.url.startsWith("/bench/stats") ? { connections: io.engine.clientsCount } : {};
  response.setHeader("Content-Type", "application/json");
  response.end(JSON.stringify(counts));
});

const io = new Server(server);

io.on("connection", (socket) => {
  const { room, follow } = socket.handshake.auth;
  if (follow) socket.join(room);
  socket.on("message", (message) => io.to(room).emit("message", message));
});

server.listen({ port: Number(process.argv[2]), host: "127.0.0.1", backlog: 4096 });
