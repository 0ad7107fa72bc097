/** One section of the page: its output, its buttons, and what it says when something fails. */
export class Section {
	#output;
	#busy = false;

	/** @param {string} id the section's id in the page */
	constructor(id) {
		this.element = document.getElementById(id);
		this.#output = this.find('[data-output]');
	}

	/** An element of the section. */
	find(selector) {
		return this.element.querySelector(selector);
	}

	/** Shows this text in place of what was there. */
	say(text) {
		this.#output.classList.remove('wrong');
		this.#output.textContent = text;
	}

	/** Shows another line below what is there. */
	add(line) {
		this.#output.textContent += `${this.#output.textContent === '' ? '' : '\n'}${line}`;
	}

	/** Shows what failed. */
	fail(error) {
		this.add(`This did not work: ${error instanceof Error ? error.message : error}`);
		this.#output.classList.add('wrong');
	}

	/** Runs a demonstration, one at a time; whatever it throws is shown. */
	async run(demonstration) {
		if (this.#busy) return;
		this.#busy = true;
		const buttons = this.element.querySelectorAll('[data-do]');
		for (const button of buttons) button.disabled = true;
		this.say('');
		try {
			await demonstration();
		} catch (error) {
			this.fail(error);
		} finally {
			this.#busy = false;
			for (const button of buttons) button.disabled = false;
		}
	}

	/** Runs a demonstration when its button is pressed. */
	on(action, demonstration) {
		this.find(`[data-do="${action}"]`).addEventListener('click', () => this.run(demonstration));
	}
}

/** Fetches; an answer that is not one of success is an error that says so. */
export async function ask(target, init) {
	let response;
	try {
		response = await fetch(target, { cache: 'no-store', ...init });
	} catch (error) {
		if (error.name === 'AbortError') throw error;
		throw new Error(`${target} could not be fetched (${error.message}). Is the server still there?`);
	}
	if (!response.ok) throw new Error(`${target} was answered ${response.status}: ${(await response.text()).trim()}`);
	return response;
}

/** Opens an event stream, and resolves when it is open. */
export function listen(target) {
	return new Promise((resolve, reject) => {
		const source = new EventSource(target);
		source.onopen = () => resolve(source);
		source.onerror = () => {
			source.close();
			reject(new Error(`the event stream ${target} could not be opened`));
		};
	});
}

/** Whether the page came by HTTP/1.1, which cannot do all that is shown here. */
export function byHttp1() {
	// Browsers speak HTTP/2 over TLS alone; and a page from their cache does not say by what it once came.
	if (location.protocol === 'http:') return true;
	return performance.getEntriesByType('navigation')[0]?.nextHopProtocol === 'http/1.1';
}
