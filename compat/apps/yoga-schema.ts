/** GraphQL Yoga, the same for fetch and for node. */
import { createSchema, createYoga, type YogaServerInstance } from 'graphql-yoga';

export function yoga(): YogaServerInstance<Record<string, never>, Record<string, never>> {
	return createYoga({
		logging: false,
		graphiql: false,
		landingPage: false,
		cors: { origin: ['https://app.test'], credentials: true },
		schema: createSchema({
			typeDefs: /* GraphQL */ `
				scalar File
				type Query {
					hello(name: String): String!
					fields: String
					broken: String
					slow: String
				}
				type Mutation {
					upload(file: File!): String!
					double(n: Int!): Int!
				}
				type Subscription {
					count(to: Int!): Int!
				}
			`,
			resolvers: {
				Query: {
					hello: (_parent, { name }: { name?: string }) => `hello ${name ?? 'world'}`,
					fields: (_parent, _args, { request }) => request.headers.get('x-user'),
					broken: () => {
						throw new Error('secret details');
					},
					slow: () => new Promise((resolve) => setTimeout(resolve, 5, 'slow')),
				},
				Mutation: {
					upload: async (_parent, { file }: { file: File }) =>
						`${file.name} ${file.type} ${(await file.arrayBuffer()).byteLength}`,
					double: (_parent, { n }: { n: number }) => n * 2,
				},
				Subscription: {
					count: {
						async *subscribe(_parent, { to }: { to: number }) {
							for (let count = 1; count <= to; count++) yield { count };
						},
					},
				},
			},
		}),
	});
}
