import { bytes, type Environ, type Input, Resources } from 'rsgi/gateway';

const nothing = async (): Promise<Uint8Array> => new Uint8Array(0);

const noInput: Input = {
	read: nothing,
	readline: nothing,
	readlines: async () => [],
	[Symbol.asyncIterator]: () => ({ next: async () => ({ done: true, value: undefined }) }),
};

/** The environ of `GET /`, without a server, with whatever a test wants in it. */
export function environOf(values: Partial<Environ> = {}): Environ {
	return {
		REQUEST_METHOD: bytes('GET'),
		SCRIPT_NAME: bytes(''),
		PATH_INFO: bytes('/'),
		QUERY_STRING: bytes(''),
		SERVER_NAME: bytes('localhost'),
		SERVER_PORT: bytes('80'),
		SERVER_PROTOCOL: bytes('HTTP/1.1'),
		'wsgi.version': [1, 0],
		'wsgi.url_scheme': 'http',
		'wsgi.input': noInput,
		'wsgi.errors': { write() {}, writelines() {}, flush() {} },
		'wsgi.multithread': false,
		'wsgi.multiprocess': false,
		'wsgi.run_once': false,
		'wsgi.layer': 'bytes',
		'rsgi.target': bytes('/'),
		'rsgi.fields': [],
		'rsgi.closing': new Resources(() => {}).closing,
		...values,
	} as Environ;
}
