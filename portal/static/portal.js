// What the markup cannot do by itself: review keys, focus after a decision, busy buttons, upload progress.
"use strict";
document.documentElement.classList.add("scripted"); // shows the hints about keys

const on = (name, deed) => document.addEventListener(name, deed);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const rows = () => all("[data-keys] [data-claim]");
let current = ""; // id of the row the keyboard stands on; outlives a swap of that row
let next = null; // id of the row to open once a decision has settled, "" when none is left

const open = (row) => row.querySelector("[data-open]")?.click();
const shut = (row) => { open(row); row.classList.remove("open"); row.querySelector(".panel-row")?.remove(); }; // at once, then fetched closed

function press(row, key) {
  const control = row?.querySelector(`[data-key="${key}"]`);
  if (control?.matches("button, a, summary")) control.click();
  else control?.focus();
}

on("focusin", (event) => { current = event.target.closest("[data-claim]")?.id ?? ""; });
on("keydown", (event) => {
  if (event.key === "Escape") all("details[data-menu][open] > summary").forEach((summary) => {
    summary.parentNode.open = false; summary.focus(); });
  if (event.key === "Enter" && event.target.matches("input") && event.target.form?.id === "bulk") event.preventDefault(); // decides by its buttons alone
  const typing = event.target.closest("input:not([type=checkbox], [type=radio]), select, textarea, dialog");
  const list = rows();
  if (typing || event.ctrlKey || event.metaKey || event.altKey || !list.length) return;
  const row = document.getElementById(current);
  const at = list.indexOf(row);
  if (event.key === "j") list[Math.min(at + 1, list.length - 1)].focus();
  else if (event.key === "k") list[Math.max(at - 1, 0)].focus();
  else if (event.key === "?") document.getElementById("keys")?.showModal();
  else if (event.key === "Enter" && event.target === row) open(row);
  else if (event.key === "a" || event.key === "r") press(row, event.key);
  else if (event.key === "u") all("[data-undo]").sort((a, b) => a.dataset.undo.localeCompare(b.dataset.undo)).at(-1)?.click();
  else if (event.key === "x") row?.querySelector("[name=ids]")?.click();
  else return;
  event.preventDefault();
});

on("claim-decided", (event) => {
  const waiting = rows().filter((row) => row.hasAttribute("data-waiting"));
  const at = waiting.findIndex((row) => row.contains(event.target));
  next = (at < 0 ? null : waiting[at + 1] ?? waiting[at - 1])?.id ?? "";
});
on("decision-undone", (event) => { next = event.target.closest("[data-claim]")?.id ?? null; });
on("htmx:afterSettle", () => {
  if (next === null) return;
  const row = document.getElementById(next) ?? document.querySelector("[data-keys] [data-waiting]");
  next = null;
  (row ?? document.querySelector("[data-none-left]") ?? document.getElementById("main")).focus();
  if (row) open(row);
});
on("htmx:load", ({ detail: { elt } }) => { // an opened row replaces itself: the focus stays on it, others shut
  if (elt.matches("[data-claim].open")) all("[data-claim].open").filter((row) => row !== elt).forEach(shut);
  if (elt.id && elt.id === current && document.activeElement === document.body) elt.focus();
  if (elt.id && elt.id === current && elt.matches(".open")) elt.scrollIntoView({ block: "start", behavior: "instant" }); // decide what is seen
});

const tell = (...nodes) => document.getElementById("problems").replaceChildren(...nodes);
on("htmx:sendError", () => tell(document.getElementById("offline").content.cloneNode(true)));
on("htmx:configRequest", ({ detail: { elt, triggeringEvent, headers } }) => { // a poll keeps no session alive
  if (!triggeringEvent && /\bevery\b/.test(elt.getAttribute("hx-trigger") ?? "")) headers["X-Background"] = "1";
  else tell();
});
on("htmx:xhr:progress", ({ target, detail }) => {
  for (const box of detail.lengthComputable ? all("[data-upload]", target.closest("form") ?? target) : []) {
    box.hidden = detail.loaded === detail.total;
    box.querySelector("progress").value = (100 * detail.loaded) / detail.total;
  }
});

on("submit", (event) => { // plain forms: one press is enough; htmx ones use hx-disabled-elt
  if (event.defaultPrevented || event.target.method !== "post") return;
  if (event.target.ariaBusy === "true") event.preventDefault();
  event.target.ariaBusy = "true";
});
window.addEventListener("pageshow", () => all("form[aria-busy]").forEach((form) => { form.ariaBusy = null; }));
on("click", ({ target }) => all("details[data-menu][open]").forEach((menu) => { menu.open = menu.contains(target); }));
