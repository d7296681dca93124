// Bun's own WebSocket server, which is uWebSockets: topics are native, `publish` is C++.

let connections = 0;

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: Number(process.argv[2]),
  fetch(request, server) {
    const { pathname } = new URL(request.url);
    if (pathname === "/bench/stats") return Response.json({ connections });
    if (pathname === "/bench/events") return Response.json({});
    const [, , kind, name] = pathname.split("/");
    const data = { room: kind === "rooms" ? name : "all", follows: kind !== "publish" };
    if (server.upgrade(request, { data })) return undefined;
    return new Response("This address is for WebSockets.", { status: 400 });
  },
  websocket: {
    open(socket) {
      connections += 1;
      if (socket.data.follows) socket.subscribe(socket.data.room);
    },
    message(socket, message) {
      server.publish(socket.data.room, message);
    },
    close() {
      connections -= 1;
    },
  },
});
