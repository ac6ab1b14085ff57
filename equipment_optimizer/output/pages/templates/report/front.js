// A front: what it weighs against each other, and its builds as points over two of that.
const objectives = (data.front || []).map(([index, sign]) => ({
  sign, name: index < 0 ? "Score" : called(terms[index]), term: index < 0 ? null : terms[index],
  at: index < 0 ? (k) => Number(data.scores[k]) / 10 ** data.digits : (k) => level(terms[index], k),
  text: index < 0 ? (k) => decimal(data.scores[k]) : (k) => amountText(terms[index], k),
}));
const isFront = objectives.length > 1;
const axisName = ({ name, sign }) => name + (sign < 0 ? " (less is better)" : "");
// Places of every build between 0 and 1 along one objective; better is more.
function placesAlong({ at, sign }) {
  const values = Float64Array.from({ length: data.n }, (_, k) => sign * at(k));
  let low = Infinity, high = -Infinity;
  for (const value of values) { low = Math.min(low, value); high = Math.max(high, value); }
  return Array.from(values, (value) => (high > low ? (value - low) / (high - low) : 0.5));
}
let frontPoints = null;
function drawFront() {
  if (!isFront || data.n < 2) return;
  const x = objectives[state.x], y = objectives[state.y], along = placesAlong(x), up = placesAlong(y), key = state.x + "." + state.y;
  frontPoints = { along, up, key };
  const dots = (list) => list.map((k) => "M" + (1000 * along[k]).toFixed(1) + " " + (300 * (1 - up[k])).toFixed(1) + "h0").join("");
  const isShown = new Set(shown), rest = Array.from({ length: data.n }, (_, k) => k).filter((k) => !isShown.has(k));
  byId("front-rest").setAttribute("d", dots(rest));
  byId("front-shown").setAttribute("d", dots(shown));
  const ends = (own, places) => [places.indexOf(Math.min(...places)), places.indexOf(Math.max(...places))].map(own.text);
  const [left, right] = ends(x, along), [bottom, top] = ends(y, up), told = { left, right: right + " " + axisName(x), bottom, top };
  for (const [side, text] of Object.entries(told)) byId("front-" + side).textContent = text;
  byId("front-picture").setAttribute("aria-label", axisName(y) + " from " + bottom + " to " + top + ", against " + axisName(x) + " from " + left + " to " + right + ": " + counted(shown.length, "build") + " as points. The table above has them all.");
  byId("front-x").value = String(state.x);
  byId("front-y").value = String(state.y);
}
// The shown build whose point is nearest to the pointer.
function nearestPoint(event) {
  const box = byId("front-picture").getBoundingClientRect();
  let best = -1, least = 30 ** 2;
  for (const k of shown) {
    const distance = (event.clientX - box.left - frontPoints.along[k] * box.width) ** 2 + (event.clientY - box.top - (1 - frontPoints.up[k]) * box.height) ** 2;
    if (distance < least) { least = distance; best = k; }
  }
  return best;
}
function pointOut(k) {
  const dot = byId("front-dot"), tip = byId("front-tip");
  if (!dot) return;
  dot.hidden = tip.hidden = k < 0 || !frontPoints;
  if (dot.hidden) return;
  const left = 100 * frontPoints.along[k], top = 100 * (1 - frontPoints.up[k]);
  dot.style.left = left + "%";
  dot.style.top = top + "%";
  tip.textContent = "Build " + number(k + 1) + ": " + objectives.map((own) => own.name + " " + own.text(k)).join(", ");
  tip.style.left = left < 50 ? left + "%" : "auto";
  tip.style.right = left < 50 ? "auto" : 100 - left + "%";
  tip.style.top = top < 50 ? "calc(" + top + "% + 12px)" : "auto";
  tip.style.bottom = top < 50 ? "auto" : "calc(" + (100 - top) + "% + 12px)";
}
function startFront() {
  if (!isFront || data.n < 2) return;
  objectives.forEach((own, index) => {
    for (const axis of ["x", "y"]) { const choice = make("option", "", axisName(own)); choice.value = String(index); byId("front-" + axis).append(choice); }
  });
  for (const axis of ["x", "y"]) {
    byId("front-" + axis).addEventListener("change", (event) => change("what the picture shows", () => {
      const other = axis === "x" ? "y" : "x", wanted = Number(event.target.value);
      if (state[other] === wanted) state[other] = state[axis];
      state[axis] = wanted;
    }, { stay: true }));
  }
  const picture = byId("front-picture");
  picture.addEventListener("pointermove", (event) => pointOut(nearestPoint(event)));
  picture.addEventListener("pointerleave", () => pointOut(state.open));
  picture.addEventListener("click", (event) => { const k = nearestPoint(event); if (k >= 0) openBuild(k); });
  reveal("front");
}
