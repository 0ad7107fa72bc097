/** gRPC, gRPC-Web and Connect: a service from its text, so that there is no code to generate. */
import { fileURLToPath } from 'node:url';
import { create, createFileRegistry, type DescService, fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { loadSync, type MethodDefinition } from '@grpc/proto-loader';
import type { RichApp } from 'rsgi';
import { connect } from 'rsgi/connect';

const OFTEN = 3;

/** The service, and all else for what is no call of it. */
export function greeter(otherwise: RichApp): RichApp {
	return connect(
		(router) =>
			router.service(greeterService(), {
				greet: (message: { name?: string }) => ({ text: `Hello, ${message.name || 'world'}` }),
				async *greetOften(message: { name?: string }) {
					for (let time = 1; time <= OFTEN; time++) yield { text: `${time}: hello, ${message.name || 'world'}` };
				},
			} as never),
		{ otherwise },
	);
}

function greeterService(): DescService {
	const loaded = loadSync(fileURLToPath(new URL('greeter.proto', import.meta.url)));
	const { Greet: greet } = loaded['showcase.Greeter'] as Record<string, MethodDefinition<object, object>>;
	const file = (greet?.requestType.fileDescriptorProtos ?? []).map((bytes) =>
		fromBinary(FileDescriptorProtoSchema, bytes),
	);
	// A compiler would have told the names in JSON; the loader does not.
	for (const one of file.flatMap(({ messageType }) => messageType.flatMap(({ field }) => field)))
		one.jsonName = one.name;
	return createFileRegistry(create(FileDescriptorSetSchema, { file })).getService('showcase.Greeter') as DescService;
}
