/** How a finding names the request. */

/** `GET /path`, of whatever was given as an environ. */
export function requestLine(environ: unknown): string {
	const values = (environ ?? {}) as Readonly<Record<string, unknown>>;
	const method = values.REQUEST_METHOD;
	const target = values['rsgi.target'] ?? values.PATH_INFO;
	if (typeof method !== 'string' || typeof target !== 'string') return 'A request';
	return `${method} ${target}`;
}
