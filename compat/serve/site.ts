/** What an application is here: that which its framework has made, and how the framework itself would serve it. */

/** What fetch frameworks make. */
export interface FetchSite {
	readonly layer: 'fetch';
	readonly app: { readonly fetch: (request: Request, ...rest: never[]) => Response | PromiseLike<Response> };
	/** Serves it by the framework's own server on a free port of 127.0.0.1, and gives the port. */
	own(): Promise<number>;
}

/** What node frameworks make. */
export interface NodeSite {
	readonly layer: 'node';
	/** What node() takes: a function (req, res), or the application of a framework. */
	app(): unknown;
	/** As {@link FetchSite.own}; by node:http where there is none, of a function. */
	own?(): Promise<number>;
}
