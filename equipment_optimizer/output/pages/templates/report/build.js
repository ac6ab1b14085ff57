// One build: what it is, what separates it from another, and as a picture.
function section(name, ...children) {
  const element = make("section");
  element.append(make("h3", "", name), ...children);
  return element;
}
// Only with a piece, or without it: each a condition that can be undone.
function pieceButtons(name) {
  const box = make("span", "choose");
  if (!name) return box;
  for (const [text, label, condition] of [["only", "Only builds with " + name, quoted(name)], ["without", "Only builds without " + name, "not " + quoted(name)]]) {
    const own = button("quiet tiny", text, label, () => toggleCondition(condition, label));
    own.dataset.condition = condition;
    box.append(own);
  }
  return box;
}
function toggleCondition(condition, label) {
  const parts = splitConditions(state.find), at = parts.indexOf(condition);
  if (at >= 0) parts.splice(at, 1);
  else parts.push(condition);
  change(label.toLowerCase(), () => { state.find = parts.join(", "); });
}
function showPieceButtons() {
  const active = new Set(splitConditions(state.find));
  for (const own of document.querySelectorAll("[data-condition]")) own.setAttribute("aria-pressed", String(active.has(own.dataset.condition)));
}

function pieceWords(piece) {
  const parts = piece.skills.map(([name, points]) => name + " " + points);
  const slots = slotText(piece.slots);
  if (slots) parts.push("slots " + slots);
  if (piece.defence) parts.push("defence " + piece.defence);
  piece.resistances.forEach((points, r) => { if (points) parts.push(data.resistances[r].toLowerCase() + " " + String(points).replace("-", MINUS)); });
  return [...parts, ...piece.bonuses].map((part) => part.replaceAll(" ", "\u00a0")).join("\u00a0\u00b7 ");
}
function pieceLine(position, k, other) {
  const own = pieceAt(position, k), there = pieceAt(position, other);
  const line = make("div", "piece" + (own !== there ? " differs" : "")), text = make("div");
  text.append(make("div", "name", nameOf(own)), make("div", "of", pieceWords(own)));
  if (own !== there) {
    const instead = make("div", "instead", (other === 0 ? "the best has " : "build " + number(other + 1) + " has ") + nameOf(there));
    instead.title = pieceWords(there);
    text.append(instead);
  }
  line.append(make("div", "at", data.positions[position]), text, pieceButtons(own.name));
  return line;
}
function skillBar(term, k) {
  const [amount, , maximum] = term.at(k), length = Math.max(maximum, amount, 1), known = maximum < 0 ? amount : Math.min(amount, maximum);
  const svg = draw("svg", { viewBox: "0 0 100 9", preserveAspectRatio: "none", "aria-hidden": "true" });
  const add = (x, width, className) => svg.append(draw("rect", { x, y: 0, width, height: 9, class: className }));
  if (length > 30) { add(0, 100, "track"); add(0, (100 * Math.max(0, known)) / length, "on"); }
  else for (let at = 0; at < length; at++) add((at * 100) / length, 100 / length - (at < length - 1 ? 1.2 : 0), at < known ? "on" : at < amount ? "above" : "track");
  return svg;
}
const ownSkills = (k) => {
  const own = skills.filter((term) => term.listed || level(term, k));
  return own.sort((a, b) => (a.listed ? 0 : 1) - (b.listed ? 0 : 1) || Number(b.at(k)[1]) - Number(a.at(k)[1]));
};
function skillLine(term, k) {
  const [amount, , maximum] = term.at(k), isOver = maximum >= 0 && amount > maximum;
  const line = make("div", "skill" + (isOver ? " above" : ""));
  const gain = gains.find((own) => own.name === term.name), worth = gain ? gain.at(k) : data.gains ? "" : worthText(term, k);
  line.append(make("span", "name", term.name), skillBar(term, k), make("span", "level", levelText(term, k)), make("span", "worth", worth));
  if (isOver) line.title = "Above the maximum";
  return line;
}
function bonusLines(k) {
  const lines = [];
  for (const bonus of bonuses) {
    const [count] = bonus.at(k), reached = new Map();
    if (!count) continue;
    for (const [required, skill, points] of bonus.steps) if (count >= required) reached.set(skill, points);
    const next = bonus.steps.find(([required]) => required > count);
    const words = [...reached].map(([skill, points]) => skill + " " + points);
    if (next) words.push(next[1] + " " + next[2] + " with " + next[0]);
    lines.push({ name: bonus.name, count, isActive: reached.size > 0, words: words.join(" \u00b7 ") });
  }
  return lines.sort((a, b) => Number(b.isActive) - Number(a.isActive));
}
function bonusSection(k) {
  const lines = bonusLines(k).map((bonus) => {
    const line = make("div", "bonus");
    line.append(make(bonus.isActive ? "b" : "span", "", bonus.name), " " + counted(bonus.count, "piece"), make("div", "of", bonus.words));
    return line;
  });
  return lines.length ? section("Set bonuses", ...lines) : null;
}
function chip(text, className = "chip") { return make("span", className, text); }
function slotSection(k) {
  const chips = make("div", "chips"), free = freeSlots(k);
  for (const [count, name] of fillingOf(k)) chips.append(chip(count + "\u00d7 " + name));
  if (free) chips.append(chip("free: " + free, "chip plainly"));
  if (!chips.childElementCount) chips.append(make("span", "small", "No slot is left free."));
  return section(data.filled ? "Decorations" : "Decoration slots", chips);
}
// With a formula only a factor says how much more it is: by a share of the other build's.
function shareText(term, k, other) {
  const [own, there] = [level(term, k), level(term, other)];
  if (term.kind !== "factor" || !there) return "";
  return (own < there ? MINUS : "+") + Math.abs((100 * (own - there)) / there).toFixed(1) + " %";
}
// With a formula: its factors, and what one level more of each skill in it would give.
function formulaSection(k) {
  if (!gains.length && !terms.some((term) => term.kind === "factor")) return null;
  const chips = make("div", "chips"), more = make("div", "chips");
  for (const term of terms) if (term.kind === "factor") chips.append(chip(term.name + " " + amountText(term, k)));
  for (const gain of gains) more.append(chip("one more " + gain.name + ": " + gain.at(k), "chip plainly"));
  return section("Score " + scoreText(k) + " =", chips, more);
}
function pointSection(k) {
  const chips = make("div", "chips");
  for (const term of terms) {
    if (term.kind === "skill" || term.kind === "slots" || term.kind === "factor") continue;
    const worth = worthText(term, k);
    chips.append(chip(term.name + " " + amountText(term, k) + (worth !== "0" ? " (" + worth + ")" : ""), "chip plainly"));
  }
  return section("Defence and totals", chips);
}

// Any two builds, term by term.
function againstSection(k, other) {
  const box = section(other === 0 ? "What separates it from the best" : "What separates it from build " + number(other + 1));
  if (data.n < 2) { box.append(make("p", "small", "It is the only build.")); return box; }
  const choose = make("label", "against-choice", "Compare with build "), input = make("input");
  input.type = "number"; input.min = 1; input.max = data.n; input.value = other + 1; input.id = "against";
  input.addEventListener("change", () => {
    const wanted = Math.round(Number(input.value)) - 1;
    if (wanted >= 0 && wanted < data.n && wanted !== k) change("comparing", () => { state.against = wanted; }, { table: false });
  });
  choose.append(input);
  const digits = ranking ? ranking.digits : data.digits, lines = [];
  for (const term of terms) {
    const gain = worthNow(term, k) - worthNow(term, other);
    if (gain !== 0n || (term.listed && term.kind === "skill" && level(term, k) !== level(term, other)) || (term.kind === "factor" && term.code(k) !== term.code(other))) lines.push({ term, gain });
  }
  const size = (gain) => (gain < 0n ? -gain : gain);
  lines.sort((a, b) => (size(b.gain) > size(a.gain) ? 1 : size(b.gain) < size(a.gain) ? -1 : 0));
  const table = make("table", "against"), head = make("tr");
  for (const [text, className] of [["", ""], ["build " + number(k + 1), "number"], ["build " + number(other + 1), "number"], ["score", "number"]]) {
    const own = make(text ? "th" : "td", className, text);
    if (text) own.scope = "col";
    head.append(own);
  }
  table.append(head);
  const add = (name, here, there, gain, className, words = gain === 0n ? "0" : decimal(gain, true, digits)) => {
    const row = make("tr", className);
    row.append(make("td", "", name), make("td", "number", here), make("td", "number", there), make("td", "number " + (gain < 0n ? "less" : gain > 0n ? "more" : ""), words));
    table.append(row);
  };
  data.positions.forEach((name, position) => {
    const [own, there] = [pieceAt(position, k), pieceAt(position, other)];
    if (own === there) return;
    const row = make("tr", "swap");
    row.append(make("td", "", name), make("td", "", nameOf(own)), make("td", "", nameOf(there)), make("td"));
    table.append(row);
  });
  for (const { term, gain } of lines) add(called(term), levelText(term, k), levelText(term, other), gain, "", data.gains ? shareText(term, k, other) : undefined);
  add("Together", scoreText(k), scoreText(other), scoreAt(k, digits) - scoreAt(other, digits), "sum");
  box.append(choose, ...(lines.length ? [] : [make("p", "small", "Nothing that scores: the two are equal in every term.")]), table);
  return box;
}

const otherOf = (k) => (state.against >= 0 && state.against !== k ? state.against : k === 0 ? 1 : 0);
function shareButtons(k) {
  const box = make("div", "buttons");
  box.append(
    button("quiet", "Copy as text", "", () => copy(buildText(k), "Copied: build " + number(k + 1) + " as text.")),
    button("quiet", "Copy link", "", () => copyLink()),
    button("quiet", "Picture (PNG)", "", () => savePng(k)),
    button("quiet", "Picture (SVG)", "", () => saveSvg(k)),
  );
  return box;
}
function showBuild() {
  const dialog = byId("build"), k = state.open;
  if (k < 0) { if (dialog.open) dialog.close(); return; }
  const other = Math.min(otherOf(k), data.n - 1);
  const gap = deltaText(k);
  byId("build-title").textContent = "Build " + number(k + 1) + ", score " + scoreText(k) + (/\d/.test(gap) ? " (" + gap + ")" : "");
  const isStarred = state.stars.has(k);
  byId("star").textContent = isStarred ? "\u2605" : "\u2606";
  byId("star").setAttribute("aria-pressed", String(isStarred));
  const pieces = section("Pieces", ...data.positions.map((_, position) => pieceLine(position, k, other)));
  const skillBox = section("Skills", ...(ownSkills(k).length ? ownSkills(k).map((term) => skillLine(term, k)) : [make("p", "small", "None.")]));
  const warned = byId("banners").textContent;
  byId("build-body").replaceChildren(...[warned && make("p", "banner", warned), shareButtons(k), pieces, againstSection(k, other), slotSection(k), formulaSection(k), skillBox, bonusSection(k), pointSection(k)].filter(Boolean));
  const at = groups.findIndex((members) => members.includes(k));
  byId("previous").disabled = at <= 0;
  byId("next").disabled = at < 0 || at >= groups.length - 1;
  document.body.classList.add("one-build");
  if (!dialog.open) { dialog.showModal(); dialog.scrollTop = 0; byId("build-title").focus({ preventScroll: true }); }
  placeDot(k);
  pointOut(k);
  markOpen();
  showPieceButtons();
}
function openBuild(k) {
  change("opening build " + number(k + 1), () => { if (state.open < 0) state.against = -1; state.open = k; }, { table: false, key: "open" });
  byId("build").scrollTop = 0;
}
function step(by) {
  const at = groups.findIndex((members) => members.includes(state.open)), next = groups[at + by];
  if (at >= 0 && next) openBuild(next[0]);
}
function starBuild(k) {
  const isStarred = state.stars.has(k);
  change((isStarred ? "unstarring" : "starring") + " build " + (k + 1), () => { if (isStarred) state.stars.delete(k); else state.stars.add(k); }, { stay: true });
}
function compareStarred() {
  const [first, second] = [...state.stars].sort((a, b) => a - b);
  change("comparing", () => { state.open = second; state.against = first; }, { table: false });
}
