/** The requests that `rsgi validate` makes. */
import { utf8 } from '../../wire/utf8.ts';
import type { Probe } from './probe.ts';

const LONG = new Uint8Array(300_000).fill(0x61);
const OCTETS = Uint8Array.from({ length: 256 }, (_, octet) => octet);
const TYPE = ['content-type', 'application/octet-stream'] as const;

/** Made for `/` and for each path asked for. */
export const PROBES: readonly Probe[] = [
	{ name: 'GET', method: 'GET' },
	{ name: 'GET of HTTP/1.0', method: 'GET', only: '1.0' },
	{ name: 'HEAD', method: 'HEAD' },
	{ name: 'POST without content', method: 'POST', announced: true },
	{
		name: 'POST',
		method: 'POST',
		content: [utf8('a=1&b=2')],
		announced: true,
		fields: [['content-type', 'application/x-www-form-urlencoded']],
	},
	{ name: 'POST in pieces', method: 'POST', content: [utf8('one\n'), utf8('two'), utf8('\n\nthree')], fields: [TYPE] },
	{ name: 'POST of many octets', method: 'POST', content: [LONG], announced: true, fields: [TYPE] },
	{ name: 'PUT of all octets', method: 'PUT', content: [OCTETS], fields: [TYPE] },
	{
		name: 'POST that waits for 100',
		method: 'POST',
		content: [utf8('at last')],
		announced: true,
		fields: [['expect', '100-continue']],
	},
	{ name: 'DELETE', method: 'DELETE' },
	{ name: 'an unknown method', method: 'BREW' },
	{
		name: 'conditions that fit',
		method: 'GET',
		fields: [
			['if-none-match', '*'],
			['if-modified-since', 'Thu, 01 Jan 2099 00:00:00 GMT'],
		],
	},
	{ name: 'conditions that do not', method: 'GET', fields: [['if-match', '"none"']] },
	{ name: 'a range', method: 'GET', fields: [['range', 'bytes=0-0']] },
	{ name: 'a range of nothing', method: 'GET', fields: [['range', 'bytes=999999999-']] },
	{
		name: 'fields that are twice, empty, of octets, or have a _',
		method: 'GET',
		fields: [
			['x-twice', '1'],
			['x-twice', '2'],
			['x-empty', ''],
			['x-octets', '\xe9\xff'],
			['x_under', '1'],
			['cookie', 'a=1'],
			['cookie', 'b=2'],
			['accept', ''],
		],
	},
	{ name: 'a client that stalls', method: 'GET', reading: 'stalled' },
	{ name: 'a client that leaves in the middle', method: 'GET', reading: 'partial' },
	{ name: 'a client that leaves at once', method: 'GET', reading: 'none' },
	{
		name: 'a client that leaves in the middle of its content',
		method: 'POST',
		content: [LONG],
		announced: true,
		broken: true,
		reading: 'none',
		fields: [TYPE],
	},
];

/** Made once: the target is part of them. */
export const TARGETS: readonly Probe[] = [
	{ name: 'a query', method: 'GET', target: '/?a=1&b=%20&c' },
	{ name: 'a path that is no UTF-8', method: 'GET', target: '/%ff%00%2f/%zz' },
	{ name: 'a path of UTF-8', method: 'GET', target: '/%C3%BCber' },
	{ name: 'empty segments and dots', method: 'GET', target: '//a/../b/./' },
	{ name: 'OPTIONS *', method: 'OPTIONS', target: '*' },
	{ name: 'a target in absolute form', method: 'GET', target: 'http://localhost/absolute?x', only: '1.1' },
	{ name: 'a long path', method: 'GET', target: `/${'long/'.repeat(200)}` },
];
