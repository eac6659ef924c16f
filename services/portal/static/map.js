// The map's canvas: coast and water, partnerships as arcs, events as points.
// What it shows comes from /map/data; the colours from style.css; the same rows
// stand in the table below it. Units are those of chart.h.
const UNITS = 20, AROUND = 360 * UNITS;
const SCALE_MAX = 12, FRAME_MS = 12, SETTLE_MS = 140, LABELS_MAX = 60, ARCS_A_PATH = 50;
const COLOURS = { active: "--accent", unconfirmed: "--amber", suspended: "--red",
	suspended_one: "--red", terminated: "--grey", terminated_one: "--grey",
	reported: "--slate", proposed: "--slate", other: "--grey" };

const box = document.getElementById("map");
const canvas = box.querySelector("canvas");
const info = document.getElementById("map-info");
const ctx = canvas.getContext("2d");
const still = document.createElement("canvas"); // the last whole picture

let view = { x: 80 * UNITS, y: -45 * UNITS, scale: 0.3 };
let drawn = { ...view };
let cost = 0, settle = 0, frame = 0, width = 0, height = 0, ratio = 1;
let land = null, cities = [], arcs = [], events = [], paths = [], reach = [0, 0], chosen = -1;
let colours = {};

function project(lat, lon) {
	const p = lat * Math.PI / 180, q = p * p;
	const y = p * (1.0148 + q * q * (0.23185 + q * (-0.14499 + q * 0.02406)));
	return [lon * UNITS, -y * 180 / Math.PI * UNITS];
}

function readColours() {
	const style = getComputedStyle(document.documentElement);
	for (const name of ["--water", "--land", "--text", "--panel", "--accent",
		"--amber", "--red", "--slate", "--grey"])
		colours[name] = style.getPropertyValue(name).trim();
}

// Some arcs of one colour are one path: fewer calls than one each, and cheaper
// than a path of thousands, whose crossings are all worked out.
function buildPaths() {
	const open = {}, held = {};
	paths = [];
	reach = [Infinity, -Infinity];
	for (const arc of arcs) {
		if (chosen >= 0 && arc.a !== chosen && arc.b !== chosen)
			continue;
		const from = cities[arc.a], to = cities[arc.b];
		let bx = to.x;
		if (bx - from.x > AROUND / 2) bx -= AROUND;
		if (bx - from.x < -AROUND / 2) bx += AROUND;
		const bend = Math.hypot(bx - from.x, to.y - from.y) * 0.2;
		if (!open[arc.standing] || ++held[arc.standing] > ARCS_A_PATH) {
			open[arc.standing] = new Path2D();
			held[arc.standing] = 1;
			paths.push([arc.standing, open[arc.standing]]);
		}
		const path = open[arc.standing];
		reach = [Math.min(reach[0], from.x, bx), Math.max(reach[1], from.x, bx)];
		path.moveTo(from.x, from.y);
		path.quadraticCurveTo((from.x + bx) / 2, (from.y + to.y) / 2 - bend, bx, to.y);
	}
}

// The copies of the globe that are seen; land that crosses its edge sticks out.
function turns() {
	const half = width / 2 / view.scale, all = [];
	for (let t = -2; t <= 2; t++)
		if ((t + 0.6) * AROUND > view.x - half && (t - 0.6) * AROUND < view.x + half)
			all.push(t * AROUND);
	return all;
}

function worldTransform(turn) {
	const s = view.scale * ratio;
	ctx.setTransform(s, 0, 0, s, (width / 2 - (view.x - turn) * view.scale) * ratio,
		(height / 2 - view.y * view.scale) * ratio);
}

function toScreen(place, turn = 0) {
	return [width / 2 + (place.x + turn - view.x) * view.scale,
		height / 2 + (place.y - view.y) * view.scale];
}

function drawCities() {
	// Many cities are smaller dots, until one comes closer.
	const least = cities.length > 1000 ? 0.8 : 1.6;
	const radius = Math.min(5, least + view.scale * 2);
	const dots = new Path2D(), marks = new Path2D();
	for (const turn of turns()) {
		for (const [i, city] of cities.entries()) {
			const [x, y] = toScreen(city, turn);
			if (x < -9 || y < -9 || x > width + 9 || y > height + 9) continue;
			const r = i === chosen ? radius + 3 : radius;
			dots.moveTo(x + r, y);
			dots.arc(x, y, r, 0, 7);
		}
		for (const event of events) {
			const [x, y] = toScreen(event, turn), r = radius + 4.5;
			if (x < -9 || y < -9 || x > width + 9 || y > height + 9) continue;
			marks.moveTo(x, y - r);
			marks.lineTo(x + r, y);
			marks.lineTo(x, y + r);
			marks.lineTo(x - r, y);
			marks.closePath();
		}
	}
	ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
	ctx.strokeStyle = colours["--panel"];
	ctx.lineWidth = 1.5;
	ctx.fillStyle = colours["--text"];
	ctx.fill(marks);
	ctx.stroke(marks);
	ctx.fillStyle = colours["--accent"];
	if (radius > 1.5) ctx.stroke(dots);
	ctx.fill(dots);
}

// Names of the cities with most partnerships, as far as there is room.
function drawNames() {
	const taken = [];
	ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
	ctx.font = `550 13px ${getComputedStyle(document.body).fontFamily}`;
	ctx.textBaseline = "middle";
	ctx.lineJoin = "round";
	ctx.strokeStyle = colours["--water"];
	ctx.fillStyle = colours["--text"];
	ctx.lineWidth = 3;
	for (const i of byDegree) {
		if (taken.length >= LABELS_MAX) break;
		const city = cities[i];
		if (chosen >= 0 && i !== chosen && !city.near) continue;
		for (const turn of turns()) {
			const [x, y] = toScreen(city, turn);
			const w = ctx.measureText(city.name).width;
			const area = [x + 6, y - 9, x + 12 + w, y + 9];
			if (x < 0 || y < 0 || x > width || y > height ||
				taken.some((t) => t[0] < area[2] && t[2] > area[0] && t[1] < area[3] && t[3] > area[1]))
				continue;
			taken.push(area);
			ctx.strokeText(city.name, x + 9, y);
			ctx.fillText(city.name, x + 9, y);
		}
	}
}

function drawAll() {
	const start = performance.now();
	ctx.setTransform(1, 0, 0, 1, 0, 0);
	ctx.fillStyle = colours["--water"];
	ctx.fillRect(0, 0, canvas.width, canvas.height);
	for (const turn of turns()) {
		worldTransform(turn);
		ctx.fillStyle = colours["--land"];
		if (land) ctx.fill(land, "evenodd");
		const half = width / 2 / view.scale;
		if (reach[1] + turn < view.x - half || reach[0] + turn > view.x + half)
			continue; // no arc of this copy is seen
		ctx.lineWidth = 1.3 / view.scale;
		for (const [standing, path] of paths) {
			ctx.strokeStyle = colours[COLOURS[standing] ?? "--grey"];
			ctx.globalAlpha = chosen >= 0 ? 0.75 :
				Math.min(0.75, Math.max(0.08, 500 / arcs.length));
			ctx.stroke(path);
		}
		ctx.globalAlpha = 1;
	}
	drawCities();
	drawNames();
	still.width = canvas.width;
	still.height = canvas.height;
	still.getContext("2d").drawImage(canvas, 0, 0);
	drawn = { ...view };
	cost = performance.now() - start;
	canvas.dataset.cost = cost.toFixed(1);
}

// While the view moves, a picture that takes long is the last one, moved.
function drawMoved() {
	const s = view.scale / drawn.scale;
	ctx.setTransform(1, 0, 0, 1, 0, 0);
	ctx.fillStyle = colours["--water"];
	ctx.fillRect(0, 0, canvas.width, canvas.height);
	ctx.setTransform(s, 0, 0, s,
		(width / 2 * (1 - s) + (drawn.x - view.x) * view.scale) * ratio,
		(height / 2 * (1 - s) + (drawn.y - view.y) * view.scale) * ratio);
	ctx.drawImage(still, 0, 0);
}

function redraw(isMoving = false) {
	cancelAnimationFrame(frame);
	clearTimeout(settle);
	if (isMoving && cost > FRAME_MS) {
		frame = requestAnimationFrame(drawMoved);
		settle = setTimeout(() => requestAnimationFrame(drawAll), SETTLE_MS);
	} else {
		frame = requestAnimationFrame(drawAll);
	}
}

// The address keeps the view, so that a link shares it.
let remember = 0;
function keepView() {
	clearTimeout(remember);
	remember = setTimeout(() => {
		const url = new URL(location.href);
		url.searchParams.set("view", [view.x / UNITS, view.y / UNITS,
			view.scale * UNITS].map((n) => n.toFixed(2)).join(","));
		history.replaceState(null, "", url);
	}, 300);
}

function keptView() {
	const parts = (new URL(location.href).searchParams.get("view") ?? "").split(",").map(Number);
	if (parts.length !== 3 || !parts.every(Number.isFinite) || parts[2] <= 0)
		return false;
	moveTo(parts[0] * UNITS, parts[1] * UNITS, parts[2] / UNITS);
	return true;
}

function moveTo(x, y, scale) {
	const least = Math.min(width / AROUND, height / (150 * UNITS));
	view.scale = Math.min(SCALE_MAX, Math.max(least, scale));
	view.x = ((x + AROUND / 2) % AROUND + AROUND) % AROUND - AROUND / 2;
	view.y = Math.min(75 * UNITS, Math.max(-95 * UNITS, y));
}

function zoom(factor, atX = width / 2, atY = height / 2) {
	const before = view.scale;
	const wx = view.x + (atX - width / 2) / before, wy = view.y + (atY - height / 2) / before;
	moveTo(view.x, view.y, before * factor);
	moveTo(wx - (atX - width / 2) / view.scale, wy - (atY - height / 2) / view.scale, view.scale);
	redraw(true);
	keepView();
}

function pan(dx, dy) {
	moveTo(view.x - dx / view.scale, view.y - dy / view.scale, view.scale);
	redraw(true);
	keepView();
}

function showAll() {
	const places = [...cities, ...events];
	if (places.length === 0) return moveTo(60 * UNITS, -35 * UNITS, 0);
	const xs = places.map((p) => p.x), ys = places.map((p) => p.y);
	const left = xs.reduce((a, b) => Math.min(a, b)), right = xs.reduce((a, b) => Math.max(a, b));
	const top = ys.reduce((a, b) => Math.min(a, b)), bottom = ys.reduce((a, b) => Math.max(a, b));
	moveTo((left + right) / 2, (top + bottom) / 2 - (bottom - top) * 0.08,
		Math.min(width / (right - left + 12 * UNITS), height / ((bottom - top) * 1.25 + 10 * UNITS)));
}

function element(tag, text, href) {
	const el = document.createElement(tag);
	el.textContent = text;
	if (href) el.href = href;
	return el;
}

function pathTo(prefix, id) {
	const lang = new URL(location.href).searchParams.get("lang");
	return prefix + encodeURIComponent(id) + (lang ? `?lang=${encodeURIComponent(lang)}` : "");
}

function link(list, text, href) {
	const li = document.createElement("li");
	li.append(element("a", text, href));
	list.append(li);
}

function choose(i) {
	chosen = i;
	for (const city of cities) city.near = false;
	for (const arc of arcs)
		if (arc.a === i || arc.b === i)
			cities[arc.a].near = cities[arc.b].near = true;
	buildPaths();
	redraw();
	info.replaceChildren();
	if (i < 0) return;
	const city = cities[i], list = document.createElement("ul");
	const title = document.createElement("h2");
	title.append(element("a", city.name, pathTo("/cities/", city.id)));
	for (const arc of arcs)
		if (arc.a === i || arc.b === i)
			link(list, cities[arc.a === i ? arc.b : arc.a].name, pathTo("/partnerships/", arc.key));
	info.append(title, list);
	addEvents(city);
	addClose();
}

function addEvents(place) {
	const here = events.filter((e) => Math.hypot(e.x - place.x, e.y - place.y) < 2);
	if (here.length === 0) return;
	const list = document.createElement("ul");
	for (const event of here)
		link(list, event.title, pathTo("/events/", event.uid));
	info.append(element("h3", info.dataset.events), list);
}

function addClose() {
	const close = element("button", "×");
	close.type = "button";
	close.className = "close";
	close.setAttribute("aria-label", info.dataset.close);
	close.addEventListener("click", () => { choose(-1); canvas.focus(); });
	info.append(close);
}

function nearest(x, y, within) {
	let best = -1, least = within;
	for (const turn of turns())
		for (const [i, city] of cities.entries()) {
			const [cx, cy] = toScreen(city, turn);
			const far = Math.hypot(cx - x, cy - y);
			if (far < least) { least = far; best = i; }
		}
	return best;
}

function pick(x, y, within = 16) {
	const i = nearest(x, y, within);
	if (i >= 0) return choose(i);
	const event = events.find((e) => {
		const [ex, ey] = toScreen(e);
		return Math.hypot(ex - x, ey - y) < within;
	});
	choose(-1);
	if (event) { addEvents(event); addClose(); }
}

// Pointers: one drags, two zoom, a short touch picks.
const pointers = new Map();
let travelled = 0;
canvas.addEventListener("pointerdown", (e) => {
	canvas.setPointerCapture(e.pointerId);
	pointers.set(e.pointerId, [e.offsetX, e.offsetY]);
	travelled = 0;
});
canvas.addEventListener("pointermove", (e) => {
	const last = pointers.get(e.pointerId);
	if (!last) return;
	const now = [e.offsetX, e.offsetY];
	const other = [...pointers].find(([id]) => id !== e.pointerId)?.[1];
	travelled += Math.hypot(now[0] - last[0], now[1] - last[1]);
	pointers.set(e.pointerId, now);
	if (other)
		zoom(Math.hypot(now[0] - other[0], now[1] - other[1]) /
			Math.max(1, Math.hypot(last[0] - other[0], last[1] - other[1])),
			(now[0] + other[0]) / 2, (now[1] + other[1]) / 2);
	else
		pan(now[0] - last[0], now[1] - last[1]);
});
canvas.addEventListener("pointerup", (e) => {
	if (pointers.delete(e.pointerId) && travelled < 5)
		pick(e.offsetX, e.offsetY);
});
canvas.addEventListener("pointercancel", (e) => pointers.delete(e.pointerId));
canvas.addEventListener("wheel", (e) => {
	// The page keeps its wheel unless someone works with the map.
	if (!e.ctrlKey && document.activeElement !== canvas) return;
	e.preventDefault();
	zoom(Math.exp(-e.deltaY * (e.ctrlKey ? 0.01 : 0.0015)), e.offsetX, e.offsetY);
}, { passive: false });
canvas.addEventListener("keydown", (e) => {
	const step = 60;
	const does = { ArrowLeft: () => pan(step, 0), ArrowRight: () => pan(-step, 0),
		ArrowUp: () => pan(0, step), ArrowDown: () => pan(0, -step),
		"+": () => zoom(1.4), "=": () => zoom(1.4), "-": () => zoom(1 / 1.4),
		Enter: () => pick(width / 2, height / 2, width + height), Escape: () => choose(-1) }[e.key];
	if (!does || e.ctrlKey || e.metaKey || e.altKey) return;
	e.preventDefault();
	does();
});
box.querySelector(".buttons").addEventListener("click", (e) => {
	const what = e.target.dataset.do;
	if (what === "in") zoom(1.5);
	if (what === "out") zoom(1 / 1.5);
	if (what === "all") { showAll(); redraw(); keepView(); }
});

function resize() {
	if (width === canvas.clientWidth && height === canvas.clientHeight) return;
	width = canvas.clientWidth;
	height = canvas.clientHeight;
	ratio = Math.min(2, devicePixelRatio || 1);
	canvas.width = Math.round(width * ratio);
	canvas.height = Math.round(height * ratio);
	redraw();
}

let byDegree = [];
function take(data) {
	const place = ([id, lat, lon, name]) => {
		const [x, y] = project(lat, lon);
		return { id, x, y, name, degree: 0 };
	};
	cities = data.cities.map(place);
	arcs = data.arcs.map(([key, a, b, standing]) => ({ key, a, b, standing }));
	events = data.events.map(([uid, lat, lon, title, status]) => ({ ...place([uid, lat, lon, title]), uid, title, status }));
	for (const arc of arcs) {
		cities[arc.a].degree++;
		cities[arc.b].degree++;
	}
	byDegree = cities.map((_, i) => i).sort((a, b) => cities[b].degree - cities[a].degree).slice(0, 600);
	buildPaths();
	// The legend names what is there.
	const seen = new Set([...arcs.map((a) => a.standing), events.length ? "event" : ""]);
	for (const li of document.querySelectorAll(".legend li"))
		li.hidden = !seen.has(li.dataset.mark);
}

async function start() {
	readColours();
	resize();
	const [data, coast] = await Promise.all([
		fetch(box.dataset.from).then((r) => r.json()),
		fetch(box.dataset.coast).then((r) => r.text())]);
	land = new Path2D(coast);
	take(data);
	if (!keptView()) showAll();
	redraw();
	new ResizeObserver(resize).observe(canvas);
	matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { readColours(); redraw(); });
	box.dataset.ready = "yes";
}

start();
