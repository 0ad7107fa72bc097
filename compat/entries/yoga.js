import { createSchema, createYoga } from 'graphql-yoga';

const schema = createSchema({
	typeDefs: 'type Query { hello: String }',
	resolvers: { Query: { hello: () => 'hello from Yoga' } },
});
export default createYoga({ schema, graphqlEndpoint: '/' });
