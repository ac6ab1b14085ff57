// The table: what is shown, in which order, and its rows, of which only as many exist as were asked for.
const ROWS_AT_ONCE = matchMedia("(max-width: 1000px)").matches ? 24 : 100, PRINTED_ROWS = 200;
const state = { find: "", sort: "rank+", grouped: true, starred: false, stars: new Set(), unfolded: new Set(), open: -1, against: -1, weighing: false, theme: "", x: 1, y: 0 };
let conditions = [], shown = [], groups = [], n_rows = ROWS_AT_ONCE;
// Whether the variants of a row are shown one by one.
const isUnfolded = (k) => state.unfolded.has(groupOf[k]);

const isOne = data.n === 1;
const shownPositions = data.positions.map((_, position) => position).filter((position) => isOne || columns[position].varies);
const weightOf = (term) => (term.by.length ? Number(data.weights[term.by[0]].value) : Infinity);
const listedSkills = skills.filter((term) => term.listed && term.values.some((value) => Number(value[0]))).sort((a, b) => weightOf(b) - weightOf(a) || a.index - b.index);
const levelsVary = (term) => new Set(term.values.map((value) => value[0])).size > 1;
const shownSkills = listedSkills.filter((term) => isOne || levelsVary(term));

// Said once: what every build of the list has.
function sayShared() {
  const parts = [];
  if (!data.n) return;
  data.positions.forEach((name, position) => { if (!shownPositions.includes(position)) parts.push(name + " " + nameOf(pieceAt(position, 0))); });
  for (const term of listedSkills) if (!shownSkills.includes(term)) parts.push(term.name + " " + levelText(term, 0));
  byId("shared").replaceChildren(...(parts.length ? [make("b", "", "All " + number(data.n) + " listed builds have "), parts.join(", ") + "."] : []));
}

function sortParts() {
  const key = state.sort.slice(0, -1);
  return { key, sign: state.sort.endsWith("-") ? -1 : 1, term: key.startsWith("t") ? terms[Number(key.slice(1))] : null };
}
function refilter() {
  conditions = readConditions(state.find);
  const holding = conditions.filter((condition) => !condition.problem || condition.wanted);
  shown = [];
  for (let k = 0; k < data.n; k++) {
    if (state.starred && !state.stars.has(k)) continue;
    if (holding.every((condition) => condition.holds(k))) shown.push(k);
  }
  const { key, sign, term } = sortParts();
  if (key === "rank") shown.sort((a, b) => sign * (rankOf(a) - rankOf(b)));
  else {
    const own = new Map(shown.map((k) => [k, term ? level(term, k) : nameOf(pieceAt(Number(key.slice(1)), k))]));
    const compare = term ? (a, b) => a - b : (a, b) => a.localeCompare(b, "en");
    // Builds that are equal in this stay in the order of their scores.
    shown.sort((a, b) => sign * compare(own.get(a), own.get(b)) || rankOf(a) - rankOf(b));
  }
  const byGroup = new Map();
  for (const k of shown) {
    const id = state.grouped ? groupOf[k] : k;
    if (byGroup.has(id)) byGroup.get(id).push(k);
    else byGroup.set(id, [k]);
  }
  groups = [...byGroup.values()];
}

// How many there are, and what is certain of the first of them.
function tellCount() {
  const isAll = shown.length === data.n, kinds = groups.length < shown.length ? " in " + counted(groups.length, "group") : "";
  byId("count").textContent = (isAll ? counted(data.n, "build") : number(shown.length) + " of " + counted(data.n, "build")) + kinds;
  const problems = conditions.filter((own) => own.problem).map((own) => own.problem), hints = conditions.map((own) => own.hint || own.note).filter(Boolean);
  const told = [[...problems, ...hints].map((text) => capital(text) + ".").join(" ")];
  if (conditions.length && !problems.length && !isFront && !ranking && !state.starred && data.n) {
    if (told[0]) told.push(" ");
    const is = conditions.length === 1 ? "this" : "all of this";
    // The list has each combination with its best decorations alone; what pieces decide is certain all the same.
    const isFirm = conditions.every((own) => own.isFirm), such = data.filled && conditions.some((own) => own.wanted && !own.isNot);
    if (!shown.length && data.whole) {
      const none = "None of these " + counted(data.n, "build"), last = decimal(data.scores[data.n - 1]);
      if (isFirm) told.push(none + " meets " + is + ": a build " + (such ? "with such pieces" : "that does") + " scores no more than " + last + ". A longer list, or a config with the condition, finds it if there is one.");
      else told.push(none + ", each with its best decorations, meets " + is + ". With other decorations one may, and score more than " + last + ". ", ...exactWay());
    }
    else if (shown.length && !isAll) {
      const first = shown.reduce((least, k) => Math.min(least, k), data.n), gap = decimal(BigInt(data.scores[0]) - BigInt(data.scores[first]));
      const tied = shown.filter((k) => data.scores[k] === data.scores[first]).sort((a, b) => a - b), isTied = tied.length > 1, isLoose = !isFirm && gap !== "0";
      told.push(
        button("link", capital(buildsText(tied)), "Open build " + number(first + 1), () => openBuild(first)),
        (isTied ? " are" : " is") + " the best of the " + number(data.n) + " listed" + (isLoose ? ", each with its best decorations," : "") + " that meet " + is + (isTied ? ": equal, " : ", ") + (gap === "0" ? "as good as the list's best." : gap + " below the list's best.")
          + (isLoose ? " With other decorations more may be possible. " : data.whole ? " No better one" + (such ? " with such pieces" : "") + " is missing from the list." : ""),
        ...(isLoose ? exactWay() : []),
      );
    }
  }
  byId("find-told").replaceChildren(...told);
  byId("find-told").classList.toggle("problem", problems.length > 0);
  tellBest();
}
// What asks every filling of the slots, too.
function exactWay() {
  const loose = conditions.filter((own) => !own.isFirm), [{ total, sign, value }] = loose;
  if (conditions.length === 1 && total && total.kind === "skill" && sign[0] === ">" && isPlain(total.name)) return ["Exactly: ", make("code", "", explainCommand(total, sign === ">" ? Math.floor(value) + 1 : Math.ceil(value)))];
  if (loose.every((own) => own.total && own.total.kind === "skill" && own.total.listed && own.sign !== "!=")) return ["Exactly: “Copy as config”, save it as CHANGED.json, and ", make("code", "", byId("weights").dataset.command)];
  return ["Exactly: run again with a config that demands it (min, at_most), or with such decorations taken out of their file."];
}
// What anybody may put into a command line.
const isPlain = (name) => /^[\p{L}\p{N}][\p{L}\p{N} .'+/-]*$/u.test(name);
const explainCommand = (term, points) => "python -m equipment_optimizer explain builds.csv " + byId("weights").dataset.inputs + ' 1 --skill "' + term.name + "=" + points + '"';
// Beside the best build of the whole list: that what is below is no longer all of it, or in another order.
function tellBest() {
  const what = [...(conditions.length || state.starred ? ["a filter"] : []), ...(ranking ? ["other weights"] : [])], note = byId("best-note");
  if (!note) return;
  note.hidden = !what.length;
  if (what.length) note.replaceChildren(capital(what.join(" and ")) + (what.length > 1 || ranking ? " are on: " : " is on: "), button("link", "see below", "", () => goTo("builds")));
}
// What Enter in the field says: the rows follow every letter already.
function tellAsked() {
  const told = byId("find-told").textContent, problems = conditions.filter((own) => own.problem);
  if (!conditions.length) say("Nothing to look for yet: write a name, or Defence >= 400.");
  else say((problems.length || !shown.length) && told ? told : number(shown.length) + " of " + counted(data.n, "build") + (shown.length === 1 ? " meets" : " meet") + " this; the rows are below.");
}

function setSort(key) {
  const now = sortParts();
  const first = key.startsWith("t") ? "-" : "+";
  change("sorting", () => { state.sort = key + (now.key === key ? (now.sign > 0 ? "-" : "+") : first); });
}
function showHeads() {
  const { key, sign, term } = sortParts();
  const heads = [["", "", "star"], ["rank", "#", "rank number"], ["rank", "Score", "score number"], ["rank", "Difference", "delta number"]];
  for (const position of shownPositions) heads.push(["p" + position, data.positions[position], "piece-head"]);
  for (const own of valueColumns(term)) heads.push(["t" + own.index, called(own), "value number"]);
  byId("table").classList.toggle("many", ownColumns.length > 5);
  byId("heads").replaceChildren(...heads.map(([own, text, className], index) => {
    const head = make("th", className);
    head.scope = "col";
    if (!own) { head.append(make("span", "unseen", "Star")); return head; }
    const sorter = button("", text, "", () => setSort(own));
    sorter.title = "Sort by " + (own === "rank" ? "score" : text);
    head.append(sorter);
    if (key === own && (own !== "rank" || index === 1)) head.setAttribute("aria-sort", sign < 0 ? "descending" : "ascending");
    return head;
  }));
}
const shownTotals = data.named.map((index) => terms[index]).filter((term) => isOne || term.varies);
const ownColumns = [...new Set([...objectives.map((own) => own.term).filter(Boolean), ...shownSkills, ...shownTotals])];
const valueColumns = (term) => (term && !ownColumns.includes(term) ? [...ownColumns, term] : ownColumns);

// "Helm α or β": names that begin alike are said once.
function orText(names) {
  const words = names.map((name) => name.split(" "));
  const head = words[0].slice(0, -1).join(" ");
  const alike = head && words.every((own) => own.slice(0, -1).join(" ") === head);
  const told = alike ? [names[0], ...words.slice(1).map((own) => own[own.length - 1])] : names;
  return told.length > 3 ? told.slice(0, 2).join(" or ") + " or " + (told.length - 2) + " more" : told.join(" or ");
}
function cell(className, label, text) {
  const own = make("td", className, text);
  if (label) own.dataset.label = label;
  return own;
}
let scorePlaces = 0, deltaPlaces = 0;
const deltaText = (k) => {
  const digits = ranking ? ranking.digits : data.digits;
  const gap = scoreAt(k, digits) - scoreAt(bestNow(), digits);
  return k === bestNow() ? (isFront && !ranking ? "first" : "best") : gap === 0n ? "equal" : decimal(gap, false, digits);
};
function measure() {
  if (!data.n) return;
  const digits = ranking ? ranking.digits : data.digits, first = scoreAt(bestNow(), digits);
  scorePlaces = placesOf(shown.length, (at) => scoreAt(shown[at], digits), digits);
  deltaPlaces = placesOf(shown.length, (at) => scoreAt(shown[at], digits) - first, digits);
}

function showRow(members, k, isVariant) {
  const best = bestNow(), row = make("tr", "row" + (k === state.open ? " open" : "") + (isVariant ? " variant" : "") + (k === best ? " best" : ""));
  row.dataset.k = k;
  const rank = cell("rank number", ""), open = button("open", number(k + 1), "Open build " + number(k + 1), null);
  open.title = ranking ? "Build " + (k + 1) + ", now at place " + (rankOf(k) + 1) : "Open";
  rank.append(open);
  if (data.proved && data.proved[k] === "0") {
    const mark = make("span", "mark", "?");
    mark.title = "Not proved to belong here";
    rank.append(mark);
  }
  const star = cell("star", ""), isStarred = state.stars.has(k);
  const starring = button("starring", isStarred ? "\u2605" : "\u2606", "Star build " + number(k + 1));
  starring.setAttribute("aria-pressed", String(isStarred));
  star.append(starring);
  const delta = deltaText(k), score = cell("score number", "", aligned(scoreText(k), scorePlaces));
  if (members && members.length > 1) {
    const isOpen = isUnfolded(k), more = counted(members.length, "variant");
    const fold = button("fold", number(members.length) + " equal", number(members.length) + " equal: " + (isOpen ? "hide" : "show") + " the " + more + " of build " + number(k + 1));
    fold.setAttribute("aria-expanded", String(isOpen));
    score.append(fold);
  }
  row.append(star, rank, score, cell("delta number", "", /\d/.test(delta) ? aligned(delta, deltaPlaces) : delta));
  for (const position of shownPositions) {
    const names = [...new Set((members || [k]).map((own) => nameOf(pieceAt(position, own))))];
    const differs = pieceAt(position, k) !== pieceAt(position, best);
    const own = cell("piece-cell" + (differs ? " differs" : ""), data.positions[position]);
    own.append(make("span", "", orText(names)));
    if (/\S{17}/.test(own.textContent)) own.classList.add("long");
    own.title = names.slice(0, 20).join(" or ") + (differs ? " (the best has " + nameOf(pieceAt(position, best)) + ")" : "");
    row.append(own);
  }
  for (const term of valueColumns(sortParts().term)) {
    const gap = level(term, k) - level(term, best);
    const own = cell("value number" + (gap ? " differs" : "") + (level(term, k) ? "" : " zero"), called(term), amountText(term, k));
    if (gap) own.append(make("span", "gap " + (gap < 0 ? "less" : "more"), gap < 0 ? "\u25be" : "\u25b4"));
    if (gap) own.title = "The best has " + level(term, best);
    row.append(own);
  }
  return row;
}
function showRows() {
  const rows = [];
  for (const members of groups.slice(0, n_rows)) {
    const isOpen = members.length > 1 && isUnfolded(members[0]);
    rows.push(showRow(isOpen ? [members[0], ...new Array(members.length - 1).fill(members[0])] : members, members[0], false));
    if (isOpen) for (const k of members.slice(1)) rows.push(showRow(null, k, true));
  }
  byId("rows").replaceChildren(...rows);
  const rest = groups.length - n_rows;
  byId("more").hidden = rest <= 0;
  byId("more").textContent = "Show " + number(Math.min(rest, ROWS_AT_ONCE)) + " more of " + number(rest);
}
function showMore() {
  if (groups.length <= n_rows) return;
  n_rows += ROWS_AT_ONCE;
  showRows();
}
function markOpen() {
  for (const row of byId("rows").children) row.classList.toggle("open", Number(row.dataset.k) === state.open);
}
// Whether columns lie beyond the right edge, which a table does not show by itself.
function showEdge() {
  const frame = byId("window");
  byId("wide").hidden = getComputedStyle(frame).overflowX !== "auto" || frame.scrollWidth - frame.clientWidth - frame.scrollLeft < 8;
}

// Everything that depends on the state, once.
function refresh() {
  reckon();
  refilter();
  measure();
  tellCount();
  showHeads();
  showRows();
  showWeights();
  drawFront();
  const told = byId("weights-told"), sentence = weightsSentence();
  if (told) told.textContent = sentence || "Move a weight and the listed builds are ranked anew at once.";
  byId("ranked").textContent = state.weighing ? "" : sentence;
  byId("told").textContent = "";
  showEdge();
  if (byId("find").value !== state.find) byId("find").value = state.find;
  byId("sort").value = state.sort;
  const press = (id, isOn) => byId(id).setAttribute("aria-pressed", String(isOn));
  press("group", state.grouped);
  press("only-starred", state.starred);
  byId("only-starred").textContent = "Starred: " + state.stars.size;
  byId("compare").disabled = state.stars.size < 2;
  showPieceButtons();
}
