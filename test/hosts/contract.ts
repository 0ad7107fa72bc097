/** Runs the contract against a host, and holds the host's list of what it lacks to the truth. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CASES, type Case } from './cases.ts';
import { client, type Endpoint } from './client.ts';
import { HOSTS, type HostFacts } from './hosts.ts';

/** A host that runs. */
export interface RunningHost {
	readonly endpoint: Endpoint;
	/** Stops it. */
	stop(): Promise<void>;
}

/** How long what is lacking may keep a client waiting, in milliseconds, before it counts as lacking. */
const PATIENCE = 2000;

/** The tests of one host. */
export function contract(name: string, start: () => Promise<RunningHost>): void {
	describe(name, () => {
		const { version, lacks } = HOSTS[name] as HostFacts;
		let host: RunningHost;
		beforeAll(async () => {
			host = await start();
			expect(host.endpoint.version).toBe(version);
		}, 60_000);
		afterAll(async () => {
			await host?.stop();
		}, 60_000);

		for (const one of CASES) {
			if (one.only !== undefined && one.only !== version) continue;
			const reason = lacks[one.name];
			if (reason === undefined) test(one.name, () => run(one, host.endpoint));
			else test(`not: ${one.name}`, () => failing(one, host.endpoint));
		}
	});
}

async function run(one: Case, endpoint: Endpoint): Promise<void> {
	const asking = client(endpoint);
	try {
		await one.run(asking);
	} finally {
		asking.close();
	}
}

async function failing(one: Case, endpoint: Endpoint): Promise<void> {
	let timer: NodeJS.Timeout | undefined;
	const passed = await Promise.race([
		run(one, endpoint).then(
			() => true,
			() => false,
		),
		new Promise<boolean>((resolve) => {
			timer = setTimeout(() => resolve(false), PATIENCE);
		}),
	]);
	clearTimeout(timer);
	if (passed) throw new Error(`The host can do this: take "${one.name}" off its list in test/hosts/hosts.ts.`);
}
