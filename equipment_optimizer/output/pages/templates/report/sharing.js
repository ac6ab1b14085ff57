// The state in the address, what undoes it, and what of the page goes elsewhere: text, config, rows, pictures.
const undoable = [];

function encoded() {
  const parts = [], add = (name, value) => { if (value !== "" && value !== null) parts.push(name + "=" + encodeURIComponent(value).replaceAll("%20", "+").replaceAll("%2C", ",")); };
  const all = splitConditions(state.find), isLevel = (text) => (/[<>=\u2265\u2264\u2260]/.test(text) && !/^"|^not /.test(text));
  if (state.open >= 0) add("b", String(state.open + 1));
  if (state.open >= 0 && state.against >= 0) add("vs", String(state.against + 1));
  add("skills", all.filter(isLevel).join(", "));
  add("find", all.filter((text) => !isLevel(text)).join(", "));
  add("sort", state.sort === "rank+" ? "" : state.sort);
  add("stars", [...state.stars].sort((a, b) => a - b).map((k) => k + 1).join("."));
  add("starred", state.starred ? "1" : "");
  add("group", state.grouped ? "" : "0");
  add("variants", [...state.unfolded].map((id) => groupOf.indexOf(id) + 1).sort((a, b) => a - b).join("."));
  if (isFront && (state.x !== 1 || state.y !== 0)) add("axes", state.x + "." + state.y);
  add("weigh", state.weighing ? "1" : "");
  for (const [index, text] of [...changed].sort((a, b) => a[0] - b[0])) add("w", data.weights[index].path.map((key) => key.replaceAll("~", "~0").replaceAll("/", "~1")).join("/") + ":" + text);
  if (parts.length) add("of", data.of);
  add("theme", state.theme);
  return parts.join("&");
}
// Takes over an address; what does not fit this list is told.
function takeOver(text) {
  const problems = [], find = [];
  Object.assign(state, { find: "", sort: "rank+", grouped: true, starred: false, open: -1, against: -1, weighing: false, theme: "", x: 1, y: 0 });
  state.stars = new Set();
  state.unfolded = new Set();
  changed.clear();
  const build = (value) => {
    if (/^\d+$/.test(value) && Number(value) >= 1 && Number(value) <= data.n) return Number(value) - 1;
    problems.push("there is no build " + value + " here");
    return -1;
  };
  for (const [name, value] of new URLSearchParams(text)) {
    if (name === "b") state.open = build(value);
    else if (name === "vs") state.against = build(value);
    else if (name === "skills" || name === "find") find.push(...splitConditions(value));
    else if (name === "sort") state.sort = [...byId("sort").options].some((option) => option.value === value) ? value : "rank+";
    else if (name === "stars") for (const own of value.split(".")) { const k = build(own); if (k >= 0) state.stars.add(k); }
    else if (name === "starred") state.starred = value === "1";
    else if (name === "variants") for (const own of value.split(".")) { const k = build(own); if (k >= 0) state.unfolded.add(groupOf[k]); }
    else if (name === "axes") { const [x, y] = value.split(".").map(Number); if (x !== y && objectives[x] && objectives[y]) Object.assign(state, { x, y }); }
    else if (name === "theme") state.theme = ["light", "dark"].includes(value) ? value : "";
    else if (name === "group") state.grouped = value !== "0";
    else if (name === "weigh") state.weighing = value === "1";
    else if (name === "w") {
      const at = value.lastIndexOf(":"), path = value.slice(0, at), typed = value.slice(at + 1);
      const index = data.weights.findIndex((weight) => weight.path.map((key) => key.replaceAll("~", "~0").replaceAll("/", "~1")).join("/") === path);
      if (index >= 0 && /^-?\d*\.?\d+$/.test(typed)) changed.set(index, typed);
      else problems.push("there is no weight of " + path.split("/").slice(-2)[0] + " here");
    } else if (name === "of" && value !== data.of) problems.unshift("this address was made for an earlier or another run of this list: its builds may be others here");
  }
  for (const condition of readConditions(find.join(", "))) if (condition.problem) problems.push(condition.problem);
  state.find = find.join(", ");
  banner(problems.length ? problems.map((own) => own[0].toUpperCase() + own.slice(1)).join(". ") + "." : "");
}
function banner(text) {
  byId("banners").replaceChildren(...(text ? [make("p", "banner", text)] : []));
  if (text) byId("banners").firstChild.setAttribute("role", "alert");
}
function writeAddress() {
  const text = encoded();
  try { history.replaceState(null, "", text ? "#" + text : location.pathname + location.search); } catch { location.replace("#" + text); }
}

// Every change goes through here, so that it is in the address and can be undone: with `table` false one that
// leaves the table as it is, with `stay` one that leaves as many rows as were asked for.
function change(what, act, { table = true, stay = false, key = "", back = false } = {}) {
  const before = encoded();
  act();
  const last = undoable[undoable.length - 1], after = encoded();
  if (after === before) return;
  // What only takes the last change back, as closing what was opened, is no change of its own;
  // letters of one field, and steps of one slider, are one.
  const isSame = key && last && last.key === key;
  if (last && last.before === after && (back || isSame)) undoable.pop();
  else if (isSame) last.what = what;
  else undoable.push({ what, key, before });
  if (table && !stay) n_rows = ROWS_AT_ONCE;
  if (table) refresh();
  showState();
}
// What stands beside the table.
function showState() {
  showTheme();
  showBuild();
  writeAddress();
  showUndo();
}
function showUndo() {
  const last = undoable[undoable.length - 1];
  byId("undo").disabled = !last;
  // Always as wide: what it takes back is its name for who points at it or hears it.
  byId("undo").title = last ? "Undo " + last.what : "Nothing to undo";
  byId("undo").setAttribute("aria-label", last ? "Undo " + last.what : "Undo");
}
function restore(text) {
  takeOver(text);
  refresh();
  showState();
}
function undo() {
  const last = undoable.pop();
  if (last) restore(last.before);
}
function resetAll() {
  const before = encoded();
  if (!before) return;
  undoable.push({ what: "resetting", key: "", before });
  restore("");
}
function setWeight(index, text) {
  change("weight of " + data.weights[index].name, () => {
    if (Number(text) === Number(data.weights[index].value)) changed.delete(index);
    else changed.set(index, text);
  }, { key: "w" + index });
}

let forgetting = 0;
// --- copies ----------------------------------------------------------------
function say(text) {
  const told = byId("told");
  told.textContent = text;
  clearTimeout(forgetting);
  forgetting = setTimeout(() => { if (told.textContent === text) told.textContent = ""; }, 15000);
  const dialog = byId("build"), own = dialog.querySelector(".said") || make("p", "said told");
  own.setAttribute("role", "status");
  own.textContent = text;
  if (dialog.open) byId("build-body").querySelector(".buttons").after(own);
}
async function copy(text, told) {
  try { await navigator.clipboard.writeText(text); } catch { if (!copyByHand(text)) { offer(text); return; } }
  say(told);
}
function copyByHand(text) {
  const field = make("textarea"), frame = byId("build").open ? byId("build") : document.body;
  field.value = text;
  field.className = "unseen";
  frame.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  return done;
}
// Where the browser copies nothing, the text is shown to be copied.
function offer(text) {
  const field = make("textarea", "offered");
  field.value = text;
  field.setAttribute("aria-label", "Text to copy");
  byId("told").replaceChildren("This browser does not let the page copy: ", field);
  field.select();
  field.addEventListener("blur", () => byId("told").replaceChildren());
}
function copyLink() {
  writeAddress();
  copy(location.href, "Copied: the link to " + (state.open < 0 ? "what you see" : "build " + number(state.open + 1)) + "." + (location.protocol === "file:" ? " It works where this file is: send the file too, or put it on the web." : ""));
}
function buildText(k) {
  const lines = [title + ": build " + number(k + 1) + " of " + number(data.n) + ", score " + scoreText(k) + (/\d/.test(deltaText(k)) ? " (" + deltaText(k) + ")" : "")];
  data.positions.forEach((name, position) => {
    const piece = pieceAt(position, k), words = [...piece.skills.map(([skill, points]) => skill + " " + points), ...(slotText(piece.slots) ? ["slots " + slotText(piece.slots)] : [])];
    lines.push(name + ": " + nameOf(piece) + (words.length ? " (" + words.join(", ") + ")" : ""));
  });
  const fillings = fillingOf(k).map(([count, name]) => count + "x " + name);
  if (fillings.length) lines.push("Decorations: " + fillings.join(", "));
  if (freeSlots(k)) lines.push("Free slots: " + freeSlots(k));
  const own = ownSkills(k).filter((term) => level(term, k));
  if (own.length) lines.push("Skills: " + own.map((term) => term.name + " " + levelText(term, k)).join(", "));
  const reached = bonusLines(k).filter((bonus) => bonus.isActive);
  if (reached.length) lines.push("Set bonuses: " + reached.map((bonus) => bonus.name + " (" + bonus.count + ")").join(", "));
  const points = terms.filter((term) => term.kind !== "skill" && term.kind !== "slots");
  lines.push(points.map((term) => term.name + " " + amountText(term, k)).join(", "));
  // On a computer's own disk an address helps nobody else.
  if (/^https?:$/.test(location.protocol)) lines.push(location.href.split("#")[0] + "#b=" + (k + 1) + "&of=" + data.of);
  return lines.join("\n") + "\n";
}

// The config with what was chosen here; numbers stay as they are written, digit by digit.
function configText() {
  const text = byId("config").textContent, left = [], partly = [], mixed = [], pinned = {};
  const plain = JSON.parse(text.replace(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g, (own) => (own[0] === '"' ? own : '"\\u0001' + own + '"')));
  const raw = (value) => "\u0001" + value;
  for (const [index, value] of changed) {
    const path = data.weights[index].path;
    let at = plain;
    for (const key of path.slice(0, -1)) at = at[key];
    at[path[path.length - 1]] = raw(String(value).replace(/^(-?)\./, "$10."));
  }
  const excluded = new Set(plain.exclude || []);
  for (const condition of conditions) {
    if (condition.total) { if (!limited(plain, condition, raw)) left.push(condition.text); continue; }
    const names = new Set(data.pieces.filter((_, index) => condition.pieces && condition.pieces[index]).map((piece) => piece.name));
    if (!names.size || condition.problem) { if (!condition.hint) left.push(condition.text); continue; }
    const isPart = condition.wanted.some((own) => !own.exact && !names.has(own.name));
    if (condition.isNot) { for (const name of names) excluded.add(name); if (condition.isMixed) mixed.push(condition.text); if (isPart) partly.push(condition.text); continue; }
    const at = data.parts.filter((_, position) => columns[position].values.some((index) => names.has(data.pieces[index].name))), [part] = at;
    const isMany = data.parts.filter((own) => own === part).length > 1, old = pinned[part] || (isMany && (plain.pin || {})[part]);
    // In a part of several pieces one of them has to be there; with two conditions on one piece both have to hold.
    const kept = isMany ? [...((old && old["all of"]) || []), ...names] : [...names].filter((name) => !old || old.includes(name));
    if (new Set(at).size > 1 || condition.isMixed || !kept.length || (isMany && (names.size > 1 || Array.isArray(old)))) { left.push(condition.text); continue; }
    pinned[part] = isMany ? { "all of": kept } : kept;
    if (isPart) partly.push(condition.text);
  }
  if (Object.keys(pinned).length) plain.pin = { ...plain.pin, ...pinned };
  if (excluded.size) plain.exclude = [...excluded];
  return [JSON.stringify(plain, null, 2).replace(/"\\u0001([^"]*)"/g, "$1") + "\n", left, partly, mixed];
}
// A comparison as a limit of the config, where none stands that asks for more; false where it has none.
function limited(plain, { total, sign, value }, raw) {
  const least = sign === ">=" || sign === ">" || sign === "=";
  const limit = (rule, key, bound) => {
    const old = rule[key] == null ? NaN : Number(rule[key].slice(1));
    if (!(key.startsWith("min") ? old >= bound : old <= bound)) rule[key] = raw(bound);
  };
  const low = sign === ">" ? Math.floor(value) + 1 : Math.ceil(value), high = sign === "<" ? Math.ceil(value) - 1 : Math.floor(value);
  if (total.kind === "skill" && total.listed && sign !== "!=") {
    const rule = plain.skills[total.name];
    const isKnown = rule === undefined && total.values.some((own) => own[2] >= 0);
    const own = typeof rule === "object" && rule ? rule : (plain.skills[total.name] = isKnown ? {} : { max: null, weight: rule });
    if (least) limit(own, "min", low);
    if (!least || sign === "=") limit(own, "at_most", high);
    return true;
  }
  const group = plain[total.kind + "s"];
  if ((total.kind === "total" || total.kind === "count") && group && group[total.name] && !(least && (group[total.name].each || group[total.name].same)) && (least ? sign !== ">" : sign === "<=")) {
    if (least) limit(group[total.name], "min", value);
    if (!least || sign === "=") limit(group[total.name], "max", value);
    return true;
  }
  if (total.kind === "defence" && (sign === ">=" || sign === ">")) { limit(plain, "min_defence", low); return true; }
  if (total.kind === "resistance" && (sign === ">=" || sign === ">")) {
    const name = total.name.replace(/ Res$/, "").toLowerCase(), own = { weight: raw("0"), ...(plain.resistances || {})[name] };
    limit(own, "min", low);
    plain.resistances = { ...plain.resistances, [name]: own };
    return true;
  }
  return false;
}
function copyConfig() {
  const [text, left, partly, mixed] = configText();
  copy(text, "Copied: the config with what you chose here" + (left.length ? ", but for " + left.join(", ") + ", which a config cannot say like this" : "") + "." + (partly.length ? " For " + partly.join(", ") + " it names the pieces of these builds; other pieces of your list that are called so, add to it." : "") + (mixed.length ? " Of " + mixed.join(", ") + " it takes the pieces alone, and no skill, decoration or bonus that is called so." : "") + " Save it beside your files and run again.");
}

// --- files -----------------------------------------------------------------
function save(parts, type, name) {
  const link = make("a"), address = URL.createObjectURL(new Blob(parts, { type }));
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}
const fileName = (end) => (title.replace(/[^\p{L}\p{N} ._-]+/gu, " ").trim() || "builds") + end;
// Rows as in the program's own file; text that a spreadsheet would reckon with gets an apostrophe.
function csvText() {
  const quote = (value) => { const own = /^[=+@\t\r-]/.test(value) && !/^-?[\d.]+$/.test(value) ? "'" + value : value; return /[",\n\r]/.test(own) ? quoted(own) : own; };
  const slotName = (term) => (term.kind === "slots" ? "Lvl " + term.name[4] + " Decoration Slot" : term.name);
  const heads = ["Build", ...data.positions, ...terms.map(slotName), ...(data.filled ? ["Decorations"] : []), ...(bonuses.length ? ["Set Bonuses"] : []), "Score"];
  const lines = [heads];
  for (const k of shown) {
    lines.push([
      String(k + 1), ...data.positions.map((_, position) => pieceAt(position, k).name), ...terms.map((term) => amountText(term, k).replace(MINUS, "-")),
      ...(data.filled ? [fillingOf(k).map(([count, name]) => count + "x " + name).join("; ")] : []),
      ...(bonuses.length ? [bonuses.filter((bonus) => isActive(bonus, k)).map((bonus) => bonus.name + " (" + bonus.at(k)[0] + ")").join("; ")] : []),
      scoreText(k).replace(MINUS, "-"),
    ]);
  }
  return lines.map((line) => line.map(quote).join(",") + "\n").join("");
}
function saveCsv() {
  save([csvText()], "text/csv;charset=utf-8", fileName(".csv"));
  say("Saved: " + counted(shown.length, "row") + ".");
}
