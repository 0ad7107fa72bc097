/** The numbered rules of a specification text. */

/** One numbered rule. */
export interface SpecRule {
	/** Such as `RICH-12`. */
	readonly number: string;
	/** `spec/rich.md:40` */
	readonly place: string;
}

/** What a specification text holds. */
export interface SpecText {
	readonly rules: readonly SpecRule[];
	/** Where a paragraph says MUST and has no number. */
	readonly unnumbered: readonly string[];
}

/** A paragraph or a list item: text that stands by itself. */
interface Block {
	readonly line: number;
	text: string;
}

const NUMBERED = /^(?:[-*] |\d+\. )?\*\*([A-Z][A-Z0-9]*-\d+)\*\*/;
const BEGINS_ITEM = /^\s*(?:[-*] |\d+\. )/;

/**
 * Reads the rules of a specification in Markdown. A rule is a paragraph or a list item that begins with its number in
 * bold; a paragraph indented below it belongs to it. What stands before the first `##` heading is about the text and
 * not part of it.
 */
export function specRules(path: string, markdown: string): SpecText {
	const rules: SpecRule[] = [];
	const unnumbered: string[] = [];
	for (const { line, text } of blocks(markdown)) {
		const place = `${path}:${line}`;
		const number = NUMBERED.exec(text)?.[1];
		if (number !== undefined) rules.push({ number, place });
		else if (saysMust(text)) unnumbered.push(place);
	}
	return { rules, unnumbered };
}

/** MUST in capitals or must in bold, but not in code. */
function saysMust(text: string): boolean {
	const prose = text.replace(/`[^`]*`/g, '');
	return /\bMUST\b/.test(prose) || /\*\*must( not)?\*\*/i.test(prose);
}

function blocks(markdown: string): Block[] {
	const found: Block[] = [];
	let block: Block | null = null;
	let fenced = false;
	let normative = false;
	for (const [index, line] of markdown.split('\n').entries()) {
		if (/^\s*(```|~~~)/.test(line)) {
			fenced = !fenced;
			continue;
		}
		if (fenced) continue;
		if (/^#{1,6} /.test(line)) {
			normative ||= !line.startsWith('# ');
			block = null;
		}
		if (!normative) continue;
		const indented = /^\s+\S/.test(line);
		if (line.trim() === '') {
			// What is indented below an item goes on with it, after blank lines too.
			if (block !== null && !BEGINS_ITEM.test(block.text) && !NUMBERED.test(block.text)) block = null;
			else if (block !== null) block.text += '\n';
			continue;
		}
		const below = block?.text.endsWith('\n') === true && indented;
		const goesOn = !NUMBERED.test(line) && (indented || !BEGINS_ITEM.test(line));
		if (block !== null && goesOn && (below || !block.text.endsWith('\n'))) {
			block.text += ` ${line.trim()}`;
		} else {
			block = { line: index + 1, text: line };
			found.push(block);
		}
		// A table's rows, and headings, stand by themselves.
		if (/^\s*\||^#{1,6} /.test(line)) block = null;
	}
	return found;
}
