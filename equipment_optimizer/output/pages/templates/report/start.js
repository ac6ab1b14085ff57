// The controls, the keys, and the first look at the page.
function placeDot(k) {
  const dot = byId("plot-dot"), tip = byId("plot-tip");
  if (!dot) return;
  dot.hidden = tip.hidden = k < 0;
  if (k < 0) return;
  const scores = [Number(data.scores[0]), Number(data.scores[data.n - 1]), Number(data.scores[k])], plot = byId("plot");
  const x = k / (data.n - 1), y = scores[0] > scores[1] ? (scores[0] - scores[2]) / (scores[0] - scores[1]) : 0.5;
  dot.style.left = 100 * x + "%";
  dot.style.top = 6 + (plot.clientHeight - 12) * y + "px";
  tip.textContent = "Build " + number(k + 1) + ": " + decimal(data.scores[k]);
  tip.style.left = x < 0.5 ? "calc(" + 100 * x + "% + 10px)" : "auto";
  tip.style.right = x < 0.5 ? "auto" : "calc(" + 100 * (1 - x) + "% + 10px)";
}
function plotRank(event) {
  const box = byId("plot").getBoundingClientRect();
  return Math.min(data.n - 1, Math.max(0, Math.round(((event.clientX - box.left) / box.width) * (data.n - 1))));
}

// Conditions as they could be of this very list.
function exampleOfConditions() {
  const [worn] = shownPositions, skill = listedSkills[0], parts = [];
  if (data.n && worn !== undefined && pieceAt(worn, 0).name) parts.push("not " + pieceAt(worn, 0).name.split(" ")[0]);
  if (skill) parts.push(skill.name + " >= " + Math.max(1, level(skill, 0)));
  byId("find").placeholder = parts.join(", ");
}
function fillControls() {
  if (data.n) exampleOfConditions();
  const order = { defence: 1, skill: 0, resistance: 2, slots: 4 };
  const inOrder = [...terms].sort((a, b) => (order[a.kind] ?? 3) - (order[b.kind] ?? 3) || Number(b.listed) - Number(a.listed) || a.index - b.index);
  const option = (list, value, text) => { const own = make("option", "", text); own.value = value; byId(list).append(own); };
  option("sort", "rank+", isFront ? "as listed" : "best first");
  option("sort", "rank-", "last first");
  for (const term of inOrder) {
    option("term", String(term.index), called(term));
    if (!levelsVary(term)) continue;
    option("sort", "t" + term.index + "-", "most " + called(term));
    option("sort", "t" + term.index + "+", "least " + called(term));
  }
  data.positions.forEach((name, position) => { option("sort", "p" + position + "+", name + ", A to Z"); option("sort", "p" + position + "-", name + ", Z to A"); });
}
function addCondition() {
  const term = terms[Number(byId("term").value)], least = byId("least").value;
  if (!term || least === "") { byId("find-told").textContent = "Choose a skill or total and write how much of it there must be."; return; }
  const name = /[",;<>=]/.test(term.name) ? quoted(term.name) : called(term);
  const kept = splitConditions(state.find).filter((own) => !own.startsWith(name + " >="));
  change(called(term) + " >= " + least, () => { state.find = [...kept, name + " >= " + least].join(", "); });
}
function openByNumber() {
  const field = byId("goto"), k = Math.round(Number(field.value)) - 1;
  if (k >= 0 && k < data.n) { field.value = ""; openBuild(k); return; }
  say("There are builds 1 to " + number(data.n) + ": write one of these numbers.");
  field.focus();
}
function moveFocus(by) {
  const buttons = [...document.querySelectorAll("#rows button.open")], at = buttons.indexOf(document.activeElement);
  if (at === buttons.length - 1 && by > 0) { showMore(); }
  const next = document.querySelectorAll("#rows button.open")[at < 0 ? 0 : Math.max(0, at + by)];
  if (next) { next.focus({ preventScroll: true }); next.closest("tr").scrollIntoView({ block: "nearest" }); }
}
function onKey(event) {
  if (event.altKey || event.ctrlKey || event.metaKey || event.defaultPrevented) return;
  const isTyping = event.target.closest("input, select, textarea");
  if (isTyping) {
    if (event.key === "Escape" && event.target === byId("find")) event.target.blur();
    return;
  }
  const isOpen = byId("build").open, inRows = Boolean(event.target.closest("#rows"));
  const down = event.key === "j" || (event.key === "ArrowDown" && inRows && !isOpen), up = event.key === "k" || (event.key === "ArrowUp" && inRows && !isOpen);
  if (isOpen && (event.key === "ArrowRight" || event.key === "ArrowLeft")) step(event.key === "ArrowRight" ? 1 : -1);
  else if (down || up) isOpen ? step(down ? 1 : -1) : moveFocus(down ? 1 : -1);
  else if (event.key === "s") {
    const row = event.target.closest("tr.row"), k = isOpen ? state.open : row ? Number(row.dataset.k) : -1;
    if (k < 0) return;
    starBuild(k);
    if (!isOpen) focusRow(k);
  } else if (event.key === "u") undo();
  else if (event.key === "/" && !isOpen) byId("find").focus();
  else return;
  event.preventDefault();
}
function goTo(id) {
  const head = byId(id + "-title");
  head.tabIndex = -1;
  head.focus({ preventScroll: true });
  byId(id).scrollIntoView();
}
function focusRow(k) {
  const own = byId("rows").querySelector('tr[data-k="' + k + '"] button.open');
  if (own) own.focus({ preventScroll: true });
}
function nextTheme() {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches, themes = dark ? ["", "light", "dark"] : ["", "dark", "light"];
  change("the theme", () => { state.theme = themes[(themes.indexOf(state.theme) + 1) % 3]; }, { table: false });
}
function showTheme() {
  const root = document.documentElement;
  if (state.theme) root.dataset.theme = state.theme;
  else delete root.dataset.theme;
}

function unfold(k) {
  const id = groupOf[k], isOpen = isUnfolded(k);
  change((isOpen ? "hiding" : "showing") + " the variants of build " + number(k + 1), () => { if (isOpen) state.unfolded.delete(id); else state.unfolded.add(id); }, { stay: true, back: true });
}

function listenToTools() {
  const on = (id, event, act) => byId(id).addEventListener(event, act);
  on("find", "input", () => change("what to find", () => { state.find = byId("find").value; }, { key: "find" }));
  on("find-form", "submit", (event) => { event.preventDefault(); const { id } = document.activeElement; if (id === "find") tellAsked(); else if (id === "goto") openByNumber(); else if (event.submitter === byId("add")) addCondition(); });
  on("open-number", "click", openByNumber);
  on("sort", "change", () => change("sorting", () => { state.sort = byId("sort").value; }));
  on("group", "click", () => change("grouping", () => { state.grouped = !state.grouped; }));
  on("only-starred", "click", () => change("starred only", () => { state.starred = !state.starred; }));
  on("weigh", "click", () => change(state.weighing ? "closing the weights" : "opening the weights", () => { state.weighing = !state.weighing; }, { stay: true, back: true }));
  on("compare", "click", compareStarred);
  on("undo", "click", undo);
  on("reset", "click", resetAll);
  on("copy-link", "click", copyLink);
  on("copy-config", "click", copyConfig);
  on("save-csv", "click", saveCsv);
  on("more", "click", showMore);
  on("theme", "click", nextTheme);
}
function listenToBuilds() {
  byId("rows").addEventListener("click", (event) => {
    const row = event.target.closest("tr.row");
    if (!row) return;
    const k = Number(row.dataset.k);
    if (event.target.closest(".starring")) { starBuild(k); byId("rows").querySelector('tr[data-k="' + k + '"] .starring').focus({ preventScroll: true }); }
    else if (event.target.closest(".fold")) {
      unfold(k);
      byId("rows").querySelector('tr[data-k="' + k + '"] .fold').focus({ preventScroll: true });
    } else if (!String(getSelection())) openBuild(k);
  });
  const frame = byId("window");
  frame.addEventListener("scroll", () => { showEdge(); if (frame.scrollTop + frame.clientHeight > frame.scrollHeight - 400) showMore(); }, { passive: true });
  const dialog = byId("build");
  byId("close").addEventListener("click", () => dialog.close());
  byId("previous").addEventListener("click", () => step(-1));
  byId("next").addEventListener("click", () => step(1));
  byId("star").addEventListener("click", () => starBuild(state.open));
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  dialog.addEventListener("close", () => {
    const k = state.open;
    document.body.classList.remove("one-build");
    placeDot(-1);
    pointOut(-1);
    if (k < 0) return;
    change("closing build " + number(k + 1), () => { state.open = state.against = -1; }, { table: false, back: true });
    markOpen();
    focusRow(k);
  });
  const plot = byId("plot");
  if (plot) {
    plot.addEventListener("pointermove", (event) => placeDot(plotRank(event)));
    plot.addEventListener("pointerleave", () => placeDot(state.open));
    plot.addEventListener("click", (event) => openBuild(plotRank(event)));
  }
}
function listen() {
  listenToTools();
  listenToBuilds();
  listenToFiles();
  document.addEventListener("keydown", onKey);
  // A place on the page is no state of it.
  for (const link of document.querySelectorAll(".contents a")) link.addEventListener("click", (event) => { event.preventDefault(); goTo(link.hash.slice(1)); });
  addEventListener("hashchange", () => { if (location.hash.slice(1) !== encoded() && !(location.hash && [...document.querySelectorAll(".contents a")].some((own) => own.hash === location.hash))) { undoable.push({ what: "the address", key: "", before: encoded() }); restore(location.hash.slice(1)); } });
  addEventListener("resize", showEdge);
  byId("wide").addEventListener("click", () => { byId("window").scrollLeft = byId("window").scrollWidth; });
  addEventListener("beforeprint", () => {
    byId("rows").replaceChildren(...groups.slice(0, PRINTED_ROWS).map((members) => showRow(members, members[0], false)));
    const hidden = groups.length - PRINTED_ROWS;
    byId("print-note").textContent = hidden > 0 ? "... and " + number(hidden) + " more rows." : "";
  });
  addEventListener("afterprint", showRows);
}
const worthOf = (name) => (name && data.n > 1 && !isFront ? [pieceWorth(name)] : []);
function usedBar(count) {
  const svg = draw("svg", { "aria-hidden": "true" });
  svg.append(draw("rect", { class: "on", width: (100 * count) / data.n + "%", height: 4 }));
  return svg;
}
// Pieces beyond those that the page shows at once, made when they are asked for.
function addRestOfUsed(box, position) {
  const counts = new Map(), said = box.querySelectorAll(".use").length;
  for (let k = 0; k < data.n; k++) { const own = pieceAt(position, k); counts.set(own, (counts.get(own) || 0) + 1); }
  if (counts.size <= said) return;
  const rest = [...counts].sort((a, b) => b[1] - a[1] || data.pieces.indexOf(a[0]) - data.pieces.indexOf(b[0])).slice(said), details = make("details"), list = make("ul");
  details.append(make("summary", "", counted(rest.length, "more piece")), list);
  details.addEventListener("toggle", () => {
    if (list.childElementCount) return;
    for (const [piece, count] of rest) {
      const line = make("li", "use");
      line.append(make("span", "name", nameOf(piece)), make("span", "n", number(count)), usedBar(count), pieceButtons(piece.name), ...worthOf(piece.name));
      list.append(line);
    }
    showPieceButtons();
  });
  box.append(details);
}
// What the page can do beside being read.
function enliven() {
  for (const line of document.querySelectorAll("#best .piece")) line.append(pieceButtons(pieceAt(Number(line.dataset.position), 0).name));
  if (data.n) byId("best-buttons").append(button("quiet", "Open", "", () => openBuild(0)), ...[...shareButtons(0).children].filter((own) => own.textContent !== "Copy link"));
  byId("weigh").hidden = !data.weights.length || data.n < 2;
  byId("group").hidden = new Set(groupOf).size === data.n;
  byId("tools").hidden = byId("window").hidden = byId("theme").hidden = false;
}

fillControls();
enliven();
startFront();
listen();
sayShared();
takeOver(location.hash.slice(1));
refresh();
showTheme();
showBuild();
showUndo();
performance.mark("builds");
// The rest once the builds are to be seen.
setTimeout(() => {
  for (const box of document.querySelectorAll("[data-used]")) addRestOfUsed(box, Number(box.dataset.used));
  for (const line of document.querySelectorAll(".use")) {
    const name = (line.dataset.piece ??= line.firstElementChild.textContent);
    line.append(usedBar(Number(line.children[1].textContent.replaceAll(",", ""))), pieceButtons(name), ...worthOf(name));
  }
  byId("usage-told").hidden = !data.n || isFront;
  showPieceButtons();
  showCosts();
  showFirmness();
  document.documentElement.dataset.ready = "yes";
});
