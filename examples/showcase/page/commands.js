/** Commands to paste into a shell, each with what to look for. */

/** Shows them in the section of that id, if the page has it. */
export function showCommands(id, commands) {
	const place = document.querySelector(`#${id} [data-commands]`);
	for (const { run, shows } of place === null ? [] : commands) {
		const command = document.createElement('div');
		command.className = 'command';
		const code = document.createElement('pre');
		code.textContent = run;
		const copy = document.createElement('button');
		copy.type = 'button';
		copy.textContent = 'Copy';
		copy.ariaLabel = `Copy: ${run}`;
		copy.addEventListener('click', () => copyText(code, copy));
		const note = document.createElement('p');
		note.textContent = shows;
		command.append(note, code, copy);
		place.append(command);
	}
}

async function copyText(code, button) {
	try {
		await navigator.clipboard.writeText(code.textContent);
		button.textContent = 'Copied';
	} catch {
		// Not allowed here: what is selected can be copied by hand.
		getSelection().selectAllChildren(code);
		button.textContent = 'Selected';
	}
	setTimeout(() => {
		button.textContent = 'Copy';
	}, 1500);
}
