/** The procedures of tRPC, the same by each of its adapters. */
import { initTRPC, TRPCError, tracked } from '@trpc/server';

export interface TrpcContext {
	readonly user: string | null;
	readonly setField: (name: string, value: string) => void;
}

export function context(user: string | null | undefined, setField: TrpcContext['setField']): TrpcContext {
	return { user: user ?? null, setField };
}

const trpc = initTRPC.context<TrpcContext>().create();

function text(value: unknown): string {
	if (typeof value !== 'string') throw new TRPCError({ code: 'BAD_REQUEST', message: 'a string, please' });
	return value;
}

export const router = trpc.router({
	hello: trpc.procedure.query(() => 'hello'),
	greet: trpc.procedure.input(text).query(({ input, ctx }) => ({ input, user: ctx.user })),
	save: trpc.procedure.input(text).mutation(({ input, ctx }) => {
		ctx.setField('x-saved', 'yes');
		ctx.setField('set-cookie', 'saved=1');
		return { saved: input.length };
	}),
	form: trpc.procedure
		.input((value: unknown) => value as FormData)
		.mutation(({ input }) => [...input].map(([name, value]) => [name, typeof value === 'string' ? value : value.size])),
	private: trpc.procedure.query(({ ctx }) => {
		if (ctx.user === null) throw new TRPCError({ code: 'UNAUTHORIZED' });
		return ctx.user;
	}),
	broken: trpc.procedure.query(() => {
		throw new Error('broken');
	}),
	numbers: trpc.procedure.query(async function* () {
		for (let at = 0; at < 3; at++) {
			await new Promise((resolve) => setImmediate(resolve));
			yield at;
		}
	}),
	ticks: trpc.procedure.subscription(async function* () {
		for (let at = 0; at < 3; at++) yield tracked(String(at), { at });
	}),
});
