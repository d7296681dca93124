// Clients of the official JavaScript SDK, unmodified, that do what they are told and tell what
// happens. The same under Node and in a browser.

const encoder = new TextEncoder();
const decoder = new TextDecoder();

// Payloads are values in the JSON form of the protocol, and bytes of JSON in the binary form.
const FORMS = {
  json: { pack: (value) => value, unpack: (data) => data ?? null },
  protobuf: {
    pack: (value) => encoder.encode(JSON.stringify(value)),
    unpack: (data) => (data?.length ? JSON.parse(decoder.decode(data)) : null),
  },
};
const PATIENCE = 10_000; // milliseconds

// Opens clients, each with a number, and passes orders on to them. `builds` are the SDK's clients
// by form, `tell` is called with the number of a client and what happens to it.
export class Fleet {
  #builds;
  #tell;
  #clients = new Map();

  constructor({ builds, tell }) {
    this.#builds = builds;
    this.#tell = tell;
  }

  // Return {result}, or {error} if the order was refused.
  async obey({ client, order, ...details }) {
    try {
      return { result: (await this.#perform(client, order, details)) ?? null };
    } catch (error) {
      return { error: { code: error.code ?? 0, message: error.message ?? String(error) } };
    }
  }

  #perform(number, order, details) {
    if (order === "open") {
      const tell = (event, more = {}) => this.#tell(number, { event, ...more });
      this.#clients.set(number, ordersOf(this.#builds[details.form], details, tell));
      return null;
    }
    const orders = this.#clients.get(number);
    if (order !== "close") return orders[order](details);
    this.#clients.delete(number);
    return orders.disconnect();
  }
}

// Returns a new client as the orders that it takes.
function ordersOf(Centrifuge, { form, address, tokens, socket }, tell) {
  const { pack, unpack } = FORMS[form];
  const next = (kind, left) => async () => {
    tell("asked", { kind, left: left.length });
    return left.shift() ?? "";
  };
  const client = new Centrifuge(address, {
    minReconnectDelay: 20,
    maxReconnectDelay: 200,
    websocket: socket ?? null,
    getToken: tokens ? next("connection", tokens) : null,
  });
  listen(client, { unpack, tell });

  // What a program has that keeps a state of its own: it loads that, and says from where on it
  // has to hear.
  const load = (channel) => async () => {
    const { offset, epoch } = await client.history(channel, { limit: 0 });
    tell("loaded", { channel, offset });
    return { offset, epoch };
  };
  const subscription = (channel, { tokens, loads, join_leave: joinLeave, ...options } = {}) => {
    const known = client.getSubscription(channel);
    if (known) return known;
    const made = client.newSubscription(channel, {
      minResubscribeDelay: 20,
      maxResubscribeDelay: 200,
      getToken: tokens ? next("subscription", tokens) : null,
      ...(loads ? { getState: load(channel) } : {}),
      joinLeave,
      ...options,
    });
    listenTo(made, { unpack, tell });
    return made;
  };

  return {
    connect: () => client.connect(),
    disconnect: () => client.disconnect(),
    subscribe: ({ channel, ...options }) => subscription(channel, options).subscribe(),
    unsubscribe: ({ channel }) => subscription(channel).unsubscribe(),
    patches: ({ channel }) => subscription(channel).deltaStats().numDeltaPayloads,
    publish: async ({ channel, data }) => void (await client.publish(channel, pack(data))),
    send: async ({ data }) => void (await client.send(pack(data))),
    rpc: async ({ method, data }) => unpack((await client.rpc(method, pack(data))).data),
    presence: async ({ channel }) => {
      const { clients } = await client.presence(channel);
      const infos = Object.entries(clients).map(([id, info]) => [id, infoOf(info, unpack)]);
      return Object.fromEntries(infos);
    },
    presence_stats: async ({ channel }) => {
      const { numClients, numUsers } = await client.presenceStats(channel);
      return { num_clients: numClients, num_users: numUsers };
    },
    history: async ({ channel, ...options }) => {
      const { publications, offset, epoch } = await client.history(channel, options);
      return { publications: publications.map((each) => publicationOf(each, unpack)), offset, epoch };
    },
    connections: async ({ rounds }) => {
      for (let round = 0; round < rounds; round++) {
        client.connect();
        await client.ready(PATIENCE);
        client.disconnect();
      }
    },
    subscriptions: async ({ channel, rounds }) => {
      const made = subscription(channel);
      for (let round = 0; round < rounds; round++) {
        made.subscribe();
        await made.ready(PATIENCE);
        made.unsubscribe();
      }
    },
    hesitate: ({ channel, rounds }) => {
      const made = subscription(channel);
      for (let round = 0; round < rounds; round++) {
        made.subscribe();
        made.unsubscribe();
      }
    },
  };
}

function listen(client, { unpack, tell }) {
  for (const event of ["connecting", "disconnected"]) {
    client.on(event, ({ code, reason }) => tell(event, { code, reason }));
  }
  client.on("connected", ({ client, data }) => tell("connected", { client, data: unpack(data) }));
  client.on("error", ({ error }) => tell("error", error));
  // Of topics for which the server asked.
  client.on("subscribed", (context) => tell("given", enteredOf(context, unpack)));
  client.on("unsubscribed", ({ channel }) => tell("taken", { channel }));
  listenForChanges(client, { unpack, tell });
}

function listenTo(subscription, { unpack, tell }) {
  const { channel } = subscription;
  for (const event of ["subscribing", "unsubscribed"]) {
    subscription.on(event, ({ code, reason }) => tell(event, { channel, code, reason }));
  }
  subscription.on("subscribed", (context) => tell("subscribed", enteredOf(context, unpack)));
  subscription.on("error", ({ error }) => tell("error", error));
  listenForChanges(subscription, { unpack, tell });
}

function listenForChanges(source, { unpack, tell }) {
  source.on("publication", (context) => {
    tell("publication", { channel: context.channel, ...publicationOf(context, unpack) });
  });
  for (const event of ["join", "leave"]) {
    source.on(event, ({ channel, info }) => tell(event, { channel, info: infoOf(info, unpack) }));
  }
}

const enteredOf = (context, unpack) => ({
  channel: context.channel,
  recoverable: context.recoverable,
  was_recovering: context.wasRecovering,
  recovered: context.recovered,
  position: context.streamPosition ?? null,
  data: unpack(context.data),
});

const publicationOf = ({ data, offset, info, tags }, unpack) => ({
  data: unpack(data),
  offset: offset ?? 0,
  info: info ? infoOf(info, unpack) : null,
  tags: tags ?? {},
});

const infoOf = ({ client, user, connInfo, chanInfo }, unpack) => ({
  client,
  user: user ?? "",
  conn_info: unpack(connInfo),
  chan_info: unpack(chanInfo),
});
