/** 103 (Early Hints): the client loads a style sheet while the page is still being made. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type Exchange, utf8 } from 'rsgi';
import { curl, type Feature } from '../feature.ts';
import { PAGE_FIELDS } from '../page.ts';

/** How long the page takes to make, in milliseconds, once the hint is out. */
const MAKING = 800;
/**
 * Before the hint, in milliseconds. Chromium does not act on one that comes within a millisecond or two, as it can on the
 * same machine: it has not begun to look for it.
 */
const BEFORE_HINT = 25;

/** Pages that are being made, and when each one's style sheet was asked for. */
const making = new Map<string, { readonly since: number; asked: number | null }>();

/** A page that takes its time, and says beforehand what it will want. */
export async function slowPage(exchange: Exchange): Promise<void> {
	const id = randomUUID();
	const style = `/early-hints/style.css?id=${id}`;
	const state: { readonly since: number; asked: number | null } = {
		since: performance.now() + BEFORE_HINT,
		asked: null,
	};
	making.set(id, state);
	await delay(BEFORE_HINT);
	exchange.inform?.(103, ['link', `<${style}>; rel=preload; as=style`]);
	await delay(MAKING);
	making.delete(id);
	exchange.respond(200, ['content-type', 'text/html; charset=utf-8', 'cache-control', 'no-store', ...PAGE_FIELDS]);
	exchange.end(utf8(html(style, state.asked === null ? null : Math.round(state.asked - state.since))));
}

function style(exchange: Exchange, query: URLSearchParams): void {
	const state = making.get(query.get('id') ?? '');
	if (state !== undefined) state.asked ??= performance.now();
	exchange.respond(200, ['content-type', 'text/css; charset=utf-8', 'cache-control', 'max-age=60']);
	exchange.end(utf8(STYLE));
}

const STYLE = `:root { color-scheme: light dark; font: 1.1rem/1.6 system-ui, sans-serif; }
body { max-width: 40rem; margin: 4rem auto; padding: 0 1.25rem; }
h1 { line-height: 1.2; } strong { color: light-dark(#0b6b50, #5fd3ab); } a { color: inherit; }
`;

function html(style: string, after: number | null): string {
	const seen =
		after === null
			? `Nobody asked for the style sheet during the ${MAKING} ms that this page took to make: this client does not act on Early Hints.`
			: `The style sheet was asked for <strong>${after} ms</strong> after the hint went out, and <strong>${MAKING - after} ms before</strong> the server had made this page.`;
	return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Early Hints</title>
<link rel="icon" href="/page/icon.svg">
<link rel="stylesheet" href="${style}">
<script type="module" src="/page/early-hints.js"></script>
<h1>A slow page with an early hint</h1>
<p id="server"${after === null ? '' : ` data-asked="${after}"`}>${seen}</p>
<p id="browser" role="status"></p>
<p><a href="/#early-hints">Back to the showcase</a></p>
</html>
`;
}

export const earlyHints: Feature = {
	id: 'early-hints',
	routes: { 'GET /early-hints': slowPage, 'GET /early-hints/style.css': style },
	commands: (place) => [
		{
			run: `${curl(place, 'si')} ${place.origin}/early-hints`,
			shows: 'A 103 with a link field at once; the 200 most of a second later.',
		},
	],
};
