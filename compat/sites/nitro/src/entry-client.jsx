import { hydrate } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { App } from './app.jsx';

const fetched = async (path) => (path === '/notes' ? (await fetch('/api/notes')).json() : null);

function Client({ first }) {
	const [at, setAt] = useState(first);
	const show = async (path) => setAt({ path, data: await fetched(path) });
	const go = (path) => {
		if (path !== location.pathname) history.pushState(null, '', path);
		return show(path);
	};
	useEffect(() => {
		addEventListener('popstate', () => show(location.pathname));
	}, []);
	return <App {...at} go={go} />;
}

const data = JSON.parse(document.querySelector('#data').textContent);
hydrate(<Client first={{ path: location.pathname, data }} />, document.querySelector('#app'));
