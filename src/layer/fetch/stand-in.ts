/**
 * What stands for an object of the platform, of which it is an instance. An object of the platform has private members, which
 * nothing that merely inherits from it can have: its constructor, and the members of its prototype, look for them. So each
 * member of the prototype is replaced by its like, which turns to the real object where it is called on a stand-in. What reads
 * fails when a client goes away: an application that does not await it yet must not end with the process (FETCH-52).
 */

import { quiet } from '../../wire/quiet.ts';

/** A class of stand-ins. */
export interface StandIns<Standing extends object, Real extends object> {
	readonly prototype: Standing;
	is(value: unknown): value is Standing;
	/** The object of the platform that this one stands for. */
	real(standing: Standing): Real;
	/** Whether an object of the platform was made of a stand-in, and reads what that would. */
	descends?(value: unknown): boolean;
}

/** Makes the instances of a class instances of the platform's class, and its prototype have no constructor but that. */
export function inheritFrom(standing: object, platform: object): void {
	Object.setPrototypeOf(standing, platform);
	Reflect.deleteProperty(standing, 'constructor');
}

/**
 * Puts its like in the place of each member of the platform's prototype, for stand-ins too: what a stand-in has itself is asked
 * of it, and all else of the real object behind it. A member of two names, as `entries` of Headers, stays one member.
 */
export function passOn<Standing extends object, Real extends object>(
	prototype: Real,
	standIns: StandIns<Standing, Real>,
): void {
	const likes = new Map<Member, Member>();
	for (const name of Reflect.ownKeys(prototype)) {
		const member = Object.getOwnPropertyDescriptor(prototype, name) as PropertyDescriptor;
		if (name === 'constructor' || !member.configurable) continue;
		const own = Object.getOwnPropertyDescriptor(standIns.prototype, name);
		const original: unknown = member.get ?? member.value;
		if (typeof original !== 'function') continue;
		const like = likes.get(original as Member) ?? likeOf(original as Member, own?.get ?? own?.value, standIns);
		likes.set(original as Member, like);
		Object.defineProperty(prototype, name, { ...member, [member.get ? 'get' : 'value']: like });
	}
}

type Member = (this: unknown, ...args: unknown[]) => unknown;

function likeOf<Standing extends object, Real extends object>(
	original: Member,
	own: Member | undefined,
	standIns: StandIns<Standing, Real>,
): Member {
	// A method, so that it is no constructor either.
	const { like } = {
		like(this: unknown, ...args: unknown[]): unknown {
			if (!standIns.is(this)) {
				const given = Reflect.apply(original, this, args);
				return given instanceof Promise && standIns.descends?.(this) === true ? quiet(given) : given;
			}
			const given =
				own === undefined ? Reflect.apply(original, standIns.real(this), args) : Reflect.apply(own, this, args);
			return given instanceof Promise ? quiet(given) : given;
		},
	};
	for (const name of ['name', 'length']) {
		Object.defineProperty(like, name, Object.getOwnPropertyDescriptor(original, name) as PropertyDescriptor);
	}
	return like;
}

/** Makes an object refuse to be cloned, as those of the platform do: a copy of its own members would have nothing in it. */
export const keepFromCloning: (object: object) => void = markAsUncloneable() ?? (() => {});

function markAsUncloneable(): ((object: object) => void) | undefined {
	// Not imported: other runtimes have no such module, or no such export.
	const { process } = globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } };
	const workers = process?.getBuiltinModule?.('node:worker_threads');
	return (workers as { markAsUncloneable?: (object: object) => void } | undefined)?.markAsUncloneable;
}
