// What pages do more where scripts run: the reader's own time, and buttons
// that copy. Everything else works without.

function ownTimes() {
	for (const el of document.querySelectorAll(".own-time")) {
		const start = new Date(el.dataset.start);
		const parts = { year: "numeric", month: "2-digit", day: "2-digit",
			hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
		const own = Object.fromEntries(new Intl.DateTimeFormat("en", parts)
			.formatToParts(start).map((p) => [p.type, p.value]));
		const wall = `${own.year}-${own.month}-${own.day}T${own.hour}:${own.minute}`;
		if (el.dataset.wall.startsWith(wall))
			continue; // it is the same
		const text = new Intl.DateTimeFormat(document.documentElement.lang,
			{ dateStyle: "medium", timeStyle: "short" }).format(start);
		el.textContent = el.dataset.words.replace("{0}", text);
		el.hidden = false;
	}
}

function copyButtons() {
	for (const box of document.querySelectorAll(".copy")) {
		const area = box.querySelector("textarea");
		const button = document.createElement("button");
		button.type = "button";
		button.className = "button quiet";
		button.textContent = box.dataset.copy;
		button.addEventListener("click", async () => {
			area.select();
			try {
				await navigator.clipboard.writeText(area.value);
			} catch {
				return; // it is selected: Ctrl-C does it
			}
			button.textContent = box.dataset.copied;
		});
		box.append(button);
	}
}

ownTimes();
copyButtons();
