/** A service of all four kinds of calls, from its text: no code is generated. */
import { fileURLToPath } from 'node:url';
import { create, createFileRegistry, type DescService, fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { loadSync, type MethodDefinition } from '@grpc/proto-loader';

/** Where the text of the service is, for clients that want it. */
export const ECHO_PROTO: string = fileURLToPath(new URL('echo.proto', import.meta.url));

/** The service as `@connectrpc/connect` takes it. */
export function echoService(): DescService {
	const unary = (loadSync(ECHO_PROTO)['test.Echo'] as Record<string, MethodDefinition<object, object>>).Unary;
	const file =
		unary?.requestType.fileDescriptorProtos.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes)) ?? [];
	// A compiler would have told the names in JSON; the loader does not.
	for (const { messageType } of file)
		for (const { field } of messageType) for (const one of field) one.jsonName = one.name;
	const service = createFileRegistry(create(FileDescriptorSetSchema, { file })).getService('test.Echo');
	if (service === undefined) throw new Error('echo.proto has no service test.Echo');
	return service;
}
