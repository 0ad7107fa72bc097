import { serverFetch } from 'nitro/app';
import { renderToString } from 'preact-render-to-string';
import { App } from './app.jsx';
import assets from './entry-client.jsx?assets=client';
import './site.css';
import styles from './entry-server.jsx?assets=ssr';

const PAGES = ['/', '/notes', '/slow'];

export default {
	async fetch(request) {
		const path = new URL(request.url).pathname;
		const data = path === '/notes' ? await (await serverFetch('/api/notes')).json() : null;
		const html = renderToString(<Document path={path} data={data} />);
		const headers = { 'content-type': 'text/html; charset=utf-8' };
		return new Response(`<!doctype html>${html}`, { status: PAGES.includes(path) ? 200 : 404, headers });
	},
};

function Document({ path, data }) {
	const { css, js, entry } = assets.merge(styles);
	return (
		<html lang="en">
			<head>
				<meta charset="utf-8" />
				<title>{path === '/' ? 'Home' : path.slice(1)}</title>
				<link rel="icon" href="/picture.svg" />
				{css.map((attributes) => (
					<link key={attributes.href} rel="stylesheet" {...attributes} />
				))}
				{js.map((attributes) => (
					<link key={attributes.href} rel="modulepreload" {...attributes} />
				))}
				<script type="module" src={entry} />
			</head>
			<body>
				<div id="app">
					<App path={path} data={data} />
				</div>
				<script
					id="data"
					type="application/json"
					// What could end the element is escaped.
					dangerouslySetInnerHTML={{ __html: JSON.stringify(data).replaceAll('<', '\\u003c') }}
				/>
			</body>
		</html>
	);
}
