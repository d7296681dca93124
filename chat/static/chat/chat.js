/* What the room's page does beside htmx: the composer, the list, and the state of the connection. */
(() => {
  "use strict";
  const room = document.getElementById("room");
  const log = document.getElementById("log");
  const list = document.getElementById("messages");
  const composer = document.getElementById("composer");
  const status = document.getElementById("connection");
  const me = document.body.dataset.user;
  const GROUP_MS = 5 * 60 * 1000;
  const READ_MS = 3000;
  // Longer texts do not fit into one frame of the socket; they are refused here already.
  const FRAME_LIMIT = 15000;

  // ---- The list: local times, own messages, groups, no doubles, in the order of the ids

  const idOf = (item) => Number(item.id.slice("message-".length));
  const timeOf = (item) => new Date(item.querySelector("time").dateTime);
  const clock = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
  const calendar = new Intl.DateTimeFormat(undefined, {
    weekday: "long", day: "numeric", month: "long",
  });

  function localise(item) {
    const time = item.querySelector("time");
    const date = timeOf(item);
    time.textContent = clock.format(date);
    time.title = date.toLocaleString();
    item.toggleAttribute("data-own", item.dataset.author === me);
  }

  function relate(item) {
    if (!item) return;
    const before = item.previousElementSibling;
    const date = timeOf(item);
    const newDay = !before || timeOf(before).toDateString() !== date.toDateString();
    const sameAuthor = before?.dataset.author === item.dataset.author;
    const follows = !newDay && sameAuthor && date - timeOf(before) < GROUP_MS;
    item.toggleAttribute("data-follows", follows);
    if (newDay) item.dataset.day = calendar.format(date);
    else delete item.dataset.day;
  }

  function settle(item) {
    let before = item.previousElementSibling;
    while (before && idOf(before) > idOf(item)) before = before.previousElementSibling;
    if (before !== item.previousElementSibling) {
      list.insertBefore(item, before ? before.nextSibling : list.firstChild);
    }
    localise(item);
    relate(item);
    relate(item.nextElementSibling);
    confirm(item.dataset.cid);
  }

  // ---- The scroll position: at the end it stays at the end, elsewhere it does not jump

  // The style sheet fills the log from its foot: scrollTop is 0 at the end and negative above.
  let height = log.scrollHeight;
  let stickToEnd = true;
  log.addEventListener("scroll", () => { stickToEnd = log.scrollTop > -48; });
  new ResizeObserver(() => { height = log.scrollHeight; }).observe(list);

  function keepPlace() {
    if (stickToEnd) log.scrollTop = 0;
    else log.scrollTop -= log.scrollHeight - height;
    height = log.scrollHeight;
  }

  new MutationObserver((changes) => {
    const last = list.lastElementChild;
    const nodes = changes.flatMap((change) => [...change.addedNodes]);
    const added = nodes.filter((node) => node.id && node.isConnected);
    const addedAbove = added.length > 0 && !added.includes(last);
    for (const item of added) settle(item);
    if (added.length && !addedAbove) keepPlace();
    sayRead();
  }).observe(list, { childList: true });

  // Older messages are asked for, not news: they are not read out one by one.
  for (const name of ["htmx:before:request", "htmx:beforeRequest"]) { // of htmx 4 and 2
    log.addEventListener(name, () => log.setAttribute("aria-live", "off"));
  }
  for (const name of ["htmx:finally:request", "htmx:afterRequest"]) { // of a link that is gone
    document.addEventListener(name, () => {
      setTimeout(() => log.setAttribute("aria-live", "polite"), 500);
    });
  }

  // ---- The composer

  const unconfirmed = new Map(); // cid -> text of what was sent and has not come back yet

  function newCid() { // crypto.randomUUID exists on HTTPS and localhost only
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  let send = null; // while the page is live
  const isOpen = () => send !== null;

  function confirm(cid) {
    unconfirmed.delete(cid);
    sending.remove(cid);
    const fields = composer?.elements;
    if (fields?.cid.value === cid) fields.text.value = ""; // taken back too early, not edited since
  }

  // As long as there is no connection it waits among the unconfirmed for the next one.
  function sendAgain(cid, text) {
    unconfirmed.set(cid, text);
    sending.wait(cid);
    if (!isOpen()) return;
    const room = composer.elements.room.value;
    send(JSON.stringify({ action: "chat.send", room, cid, text }));
  }

  const place = document.getElementById("pending");
  const sending = makePending(place, { isOpen, retry: sendAgain, discard: confirm });

  // The last goes back to where it was written, if nothing else is written there by now.
  function takeBack() {
    const { text, cid } = composer.elements;
    const [id, words] = [...unconfirmed].at(-1) ?? [];
    if (!id) return;
    unconfirmed.delete(id);
    if (text.value) {
      sending.fail(id);
      return;
    }
    sending.remove(id);
    text.value = words;
    cid.value = id; // should it have arrived after all, sending it again unchanged is harmless
    text.dispatchEvent(new Event("input-restored"));
  }

  function watchComposer() {
    const { text, cid } = composer.elements;
    const count = document.getElementById("count");
    const limit = Number(text.dataset.limit);
    const errors = () => document.getElementById("goby-errors");

    function showCount() {
      const length = [...text.value.trim()].length;
      count.textContent = length > limit * 0.9 ? `${length} of ${limit}` : "";
      count.toggleAttribute("data-over", length > limit);
    }

    cid.value = newCid();
    text.addEventListener("input", () => {
      cid.value = newCid(); // another text is another message
      showCount();
    });
    text.addEventListener("input-restored", showCount);
    text.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      composer.requestSubmit();
    });

    // Before htmx: what cannot go over the socket goes as a plain form, or stays here.
    document.addEventListener("submit", (event) => {
      if (event.target !== composer) return;
      if (text.value.length > FRAME_LIMIT) {
        event.preventDefault();
        event.stopPropagation();
        errors().textContent = `A message has at most ${limit} characters. Send it in parts.`;
      }
    }, true);

    // After htmx, which has read the form: make room for the next message at once.
    document.addEventListener("submit", (event) => {
      if (event.target !== composer || !event.defaultPrevented) return;
      unconfirmed.set(cid.value, text.value);
      if (text.value.trim()) sending.add(cid.value, text.value);
      errors().textContent = "";
      text.removeAttribute("aria-invalid");
      text.value = "";
      cid.value = newCid();
      stickToEnd = true;
      showCount();
    });

    // The server refused: the text comes back, unless something else is being written already.
    new MutationObserver(() => {
      const isRefused = errors().textContent.trim() !== "";
      if (!isRefused) return;
      text.setAttribute("aria-invalid", "true");
      takeBack();
    }).observe(errors(), { childList: true, characterData: true, subtree: true });

    if (matchMedia("(hover: hover)").matches) text.focus();
    showCount();
  }

  // ---- The connection: what was sent into a breaking one may be lost, and is sent again. Its cid
  // makes sending it twice harmless.

  const WORDS = {
    live: "Live",
    reconnecting: "Reconnecting…",
    offline: "Not live. Reload for news.",
    "signed-out": "Signed out.",
  };

  function show(state) {
    status.dataset.state = state;
    status.textContent = WORDS[state] ?? "Connecting…";
  }

  function watchConnection() {
    show("");
    room.addEventListener("goby:state", ({ detail }) => {
      send = detail.send;
      show(detail.state);
      if (isOpen()) {
        for (const [cid, text] of unconfirmed) sendAgain(cid, text);
        sayRead();
      } else if (detail.state !== "reconnecting") {
        takeBack();
        sending.failAll();
      }
    });
    document.addEventListener("visibilitychange", sayRead);
    // Something was missed for good: the rest of the page, and what is being written, stays.
    room.addEventListener("goby:resync", (event) => {
      event.preventDefault();
      catchUp();
    });
  }

  // What was said while the connection was away for too long is in the database.
  function catchUp() {
    const first = list.firstElementChild ? idOf(list.firstElementChild) : 0;
    const url = `${room.dataset.url}?after=${newest()}&first=${first}`;
    return htmx.ajax("GET", url, { source: room, target: room, swap: "none" });
  }

  // ---- What was seen is read: said now and then, not for each message

  const newest = () => (list.lastElementChild ? idOf(list.lastElementChild) : 0);
  let read = newest(); // the page itself says so of what it came with
  let reading = null;

  function sayRead() {
    if (!composer || reading || document.hidden || newest() <= read) return;
    reading = setTimeout(() => {
      reading = null;
      if (!isOpen() || document.hidden || newest() <= read) return;
      read = newest();
      send(JSON.stringify({ action: "chat.read", room: room.dataset.slug, message: read }));
    }, READ_MS);
  }

  for (const item of list.children) { localise(item); relate(item); }
  if (composer) { watchComposer(); watchConnection(); }
})();
