/* What the bell and the list do beside htmx: what was read shows at once, also in other windows.

   The server says what happened by elements that it puts into hidden places of the bell:
     #bell-count      <b data-unread="2" data-announced="5" data-seen="4">  what the count knows
     #bell-read       <data data-ids="17 18" data-up-to="0" data-seen="4">  what was read
     #bell-announced  <data value="5">  an announcement, the same for everybody, so without a count */
(() => {
  "use strict";
  const idOf = (item) => Number(item.id.slice(item.id.lastIndexOf("-") + 1));

  // ---- Times, as they are where one is

  const calendar = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

  function localise(item) {
    for (const time of item.querySelectorAll("time")) {
      time.textContent = calendar.format(new Date(time.dateTime));
    }
  }

  // ---- What was read

  function markRead(item) {
    const button = item.querySelector("button");
    // Who pressed the button with the keyboard goes on from where it was.
    if (button === document.activeElement) (item.querySelector("a") ?? item.parentElement).focus();
    button?.remove();
    item.removeAttribute("data-unread");
  }

  function showRead({ ids, upTo, seen }) {
    const read = new Set(ids.split(" ").filter(Boolean).map(Number));
    for (const item of document.querySelectorAll("[id^=notification-][data-unread]")) {
      if (read.has(idOf(item)) || idOf(item) <= Number(upTo)) markRead(item);
    }
    for (const item of document.querySelectorAll("[id^=announcement-][data-unread]")) {
      if (idOf(item) <= Number(seen)) markRead(item);
    }
  }

  // ---- An announcement is one more, unless the count knows it already

  // It comes on a topic of its own: it may have been read before it is here, or been changed since.
  function arrive(item) {
    const seen = document.querySelector("#bell-count [data-seen]")?.dataset.seen;
    if (item.matches("[id^=announcement-]") && idOf(item) <= Number(seen)) markRead(item);
    localise(item);
  }

  function countAnnouncement(id) {
    const count = document.querySelector("#bell-count [data-announced]");
    if (!count || Number(count.dataset.announced) >= id) return;
    const unread = Number(count.dataset.unread) + 1;
    count.dataset.announced = id;
    count.dataset.unread = unread;
    count.firstChild.textContent = unread > 99 ? "99+" : unread;
    count.hidden = false;
  }

  // Lists and bell may be fetched anew as a whole, so what comes is looked at wherever it comes.
  new MutationObserver((changes) => {
    for (const { target, addedNodes } of changes) {
      for (const node of addedNodes) {
        if (node.nodeType !== Node.ELEMENT_NODE) continue;
        if (target.id === "bell-read") showRead(node.dataset);
        else if (target.id === "bell-announced") countAnnouncement(Number(node.value));
        else if (node.closest(".notifications")) arrive(node);
      }
    }
  }).observe(document.body, { childList: true, subtree: true });
  for (const list of document.querySelectorAll(".notifications :is(ol, ul)")) localise(list);
})();
