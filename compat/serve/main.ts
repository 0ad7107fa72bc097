/** A server of the comparison: `main.ts own|rsgi <id of the application>`. Tells its parent the port. */
import type { RequestListener } from 'node:http';
import { subjectOf } from '../subjects.ts';
import type { FetchSite, NodeSite } from './site.ts';

const [role, id = ''] = process.argv.slice(2);
const { layer } = subjectOf(id);
const { site } = (await import(`../apps/${layer}/${id}.ts`)) as { site: FetchSite | NodeSite };

const port = role === 'own' ? await own() : await onRsgi();
process.send?.({ port });
// Whoever has started it has gone.
process.on('disconnect', () => process.exit(0));

async function own(): Promise<number> {
	if (site.layer === 'fetch') return await site.own();
	const { ownNode } = await import('./own-node.ts');
	return await (site.own?.() ?? ownNode((await site.app()) as RequestListener));
}

async function onRsgi(): Promise<number> {
	if (site.layer === 'fetch') return await (await import('./rsgi-fetch.ts')).rsgiFetch(site);
	return await (await import('./rsgi-node.ts')).rsgiNode(site);
}
