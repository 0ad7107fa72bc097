/** Holds all conversations of a framework with its own server and with RSGI, and says where the answers differ. */
import { type ServerProcess, startServer } from '../serve/server-process.ts';
import type { Subject } from '../subjects.ts';
import type { ClientName } from '../talk/ask.ts';
import { CLIENTS, client, REFERENCE } from '../talk/client.ts';
import { converse } from '../talk/converse.ts';
import { type Difference, differences } from './differences.ts';
import { type NormalisedAnswer, normalised } from './normalised.ts';
import { type Row, seenBy, speakers } from './rows.ts';

export interface Comparison {
	readonly subject: Subject;
	/** How many answers were compared. */
	readonly answers: number;
	readonly rows: readonly Row[];
	/** What could not be compared, and why: a client failed, or a server did not answer. */
	readonly failures: readonly string[];
}

const VERSIONS: readonly ClientName[] = [...CLIENTS['1.1'], ...CLIENTS['2']];

/** @throws Error when a server does not start */
export async function compare(subject: Subject): Promise<Comparison> {
	const [own, ours] = await Promise.all([startServer('own', subject.id), startServer('rsgi', subject.id)]);
	try {
		const failures: string[] = [];
		const [references, answers] = await Promise.all([
			held(subject, own, CLIENTS['1.1'], failures),
			held(subject, ours, VERSIONS, failures),
		]);
		return { ...compared(subject, references, answers), failures };
	} finally {
		await Promise.all([own.stop(), ours.stop()]);
	}
}

/** So many times an own server is asked again that has cut its answer off. */
const CUT_OFF_MAX = 3;

function isCutOff({ status, end }: NormalisedAnswer): boolean {
	return status === 0 && end === 'truncated';
}

type Held = ReadonlyMap<string, readonly NormalisedAnswer[]>;

async function held(
	subject: Subject,
	server: ServerProcess,
	names: readonly ClientName[],
	failures: string[],
): Promise<Held> {
	const found = new Map<string, NormalisedAnswer[]>();
	const masks = subject.masks ?? [];
	const one = async (name: ClientName): Promise<void> => {
		let number = 0;
		for (const conversation of subject.conversations) {
			number++;
			if (!speakers(conversation).includes(name)) continue;
			if (server.ended() !== null) return;
			const mark = markOf(name, number);
			for (let again = 0; ; again++) {
				// A connection for each conversation: what one does to its connection is nothing to the next.
				const speaker = client(name, server.port);
				try {
					const answers = (await converse(conversation, speaker, mark)).map((answer) =>
						normalised(answer, mark, masks),
					);
					// An own server that answers a request which is still coming may cut its answer off: by chance, and not always.
					if (server.role === 'own' && again < CUT_OFF_MAX && answers.some(isCutOff)) continue;
					found.set(`${name} ${conversation.name}`, answers);
				} catch (error) {
					failures.push(`${conversation.name}, ${server.role}, ${name}: ${(error as Error).message}`);
				} finally {
					speaker.close();
				}
				break;
			}
		}
	};
	await Promise.all(names.map(one));
	const said = server.ended();
	if (said !== null) failures.push(`the ${server.role} server has ended: …${said.slice(-600)}`);
	return found;
}

/** What `$client` stands for. It can stand in a URL, in a cookie, and, as two groups, in an address of IPv6. */
function markOf(name: ClientName, number: number): string {
	return `c0de:${VERSIONS.indexOf(name) + 1}${number.toString(16).padStart(3, '0')}`;
}

function compared(subject: Subject, references: Held, answers: Held): Omit<Comparison, 'failures'> {
	const rows: Row[] = [];
	let count = 0;
	for (const conversation of subject.conversations) {
		const found: Found[] = [];
		const held = speakers(conversation).filter((name) => answers.has(`${name} ${conversation.name}`));
		for (const name of held) {
			const reference = referenceOf(name, conversation.name, references);
			// Then there is a failure that says so.
			if (reference === undefined) continue;
			const version = CLIENTS['2'].includes(name) ? '2' : '1.1';
			(answers.get(`${name} ${conversation.name}`) ?? []).forEach((answer, at) => {
				count++;
				for (const one of differences(reference[at] as NormalisedAnswer, answer, version))
					note(found, { at, name, ...one });
			});
		}
		for (const { at, names, what, own, ours } of found) {
			const request = at === 0 ? conversation.name : `${conversation.name}, ${at + 1}`;
			rows.push({ framework: subject.title, request, what, seen: seenBy(names, held), own, ours });
		}
	}
	return { subject, answers: count, rows };
}

/** What the own server has answered to the client that this one is measured by, or to the one that could ask it. */
function referenceOf(
	name: ClientName,
	conversation: string,
	references: Held,
): readonly NormalisedAnswer[] | undefined {
	for (const other of [REFERENCE[name], ...CLIENTS['1.1']]) {
		const found = references.get(`${other} ${conversation}`);
		if (found !== undefined) return found;
	}
	return undefined;
}

interface Found extends Difference {
	readonly at: number;
	readonly names: ClientName[];
}

/** Puts what several clients have seen together. */
function note(found: Found[], { at, name, what, own, ours }: Difference & { at: number; name: ClientName }): void {
	const same = found.find((one) => one.at === at && one.what === what && one.own === own && one.ours === ours);
	if (same === undefined) found.push({ at, names: [name], what, own, ours });
	else same.names.push(name);
}
