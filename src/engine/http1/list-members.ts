/** The members of a comma-separated list (RFC 9110 §5.6.1) whose members hold no quoted strings. */
export function listMembers(value: string): string[] {
	const members = value.split(',');
	// Not trim(): white space is SP and HTAB here, and U+00A0 is an octet like any other.
	for (let i = 0; i < members.length; i++) members[i] = (members[i] as string).replace(/^[ \t]+|[ \t]+$/g, '');
	return members;
}
