/** The files of a certificate and its key, which are renewed while the server runs. */
import { readFileSync, type Stats, watchFile } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { TlsChoice } from './command-line.ts';
import { tell } from './messages-to-people.ts';
import type { WantedCertificates } from './tls-pair.ts';

/** The files are looked at so often, in milliseconds: links that are changed, as those of certbot and Kubernetes, are seen too. */
const LOOKING = 1000;
/** A certificate and its key are not written at once: who finds them not to belong together waits so long, in milliseconds. */
const SETTLING = 300;

/** Loads them again when they change, or when told to. */
export class CertificateFiles {
	readonly #cert: string;
	readonly #key: string;
	readonly #show: (pair: WantedCertificates) => void;
	#shown: WantedCertificates;
	#timer: NodeJS.Timeout | null = null;

	constructor(cert: string, key: string, show: (pair: WantedCertificates) => void) {
		this.#cert = cert;
		this.#key = key;
		this.#show = show;
		this.#shown = this.#read();
		for (const path of [cert, key]) {
			watchFile(path, { interval: LOOKING, persistent: false }, this.#changed);
		}
	}

	/** Those of a server that has its TLS from files; null otherwise. */
	static of(choice: TlsChoice, show: (pair: WantedCertificates) => void): CertificateFiles | null {
		return choice.kind === 'files' ? new CertificateFiles(choice.cert, choice.key, show) : null;
	}

	/** Shows what the files have now, to new connections; where that cannot be used, what was shown before stays. */
	reload(): void {
		let pair: WantedCertificates;
		try {
			pair = this.#read();
			if (pair.cert === this.#shown.cert && pair.key === this.#shown.key) return;
			createSecureContext(pair);
			this.#show(pair);
		} catch (error) {
			tell.problem(
				`${this.#cert} and ${this.#key} cannot be used: ${(error as Error).message}. The certificate from before stays.`,
			);
			return;
		}
		this.#shown = pair;
		tell.news('a new certificate is shown to new connections.');
	}

	readonly #changed = (now: Stats, before: Stats): void => {
		if (now.mtimeMs === before.mtimeMs && now.ino === before.ino) return;
		if (this.#timer !== null) clearTimeout(this.#timer);
		this.#timer = setTimeout(() => this.reload(), SETTLING);
	};

	#read(): WantedCertificates {
		return { cert: readFileSync(this.#cert, 'latin1'), key: readFileSync(this.#key, 'latin1') };
	}
}
