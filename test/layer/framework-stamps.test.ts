/** What is said of applications of frameworks that nobody has stamped: which stamp they want, and where it is. */
import { type RichApp, rich, serve } from 'rsgi';
import { adapt, fetchToRich, gatewayToRich, nodeToRich } from 'rsgi/adapters';
import { fetch as fetchApp } from 'rsgi/fetch';
import { gateway } from 'rsgi/gateway';
import { node } from 'rsgi/node';
import { expect, test } from 'vitest';
import { refusal } from '../support/refusal.ts';

/** By the methods by which they are known. */
const hono = { fetch: () => new Response() } as never;
const koa = { callback: () => () => {}, use: () => {} } as never;
const express = Object.assign(() => {}, { handle: () => {}, listen: () => {} }) as never;

test('RICH-3: a framework’s application is refused where a rich one is wanted, with its stamp and adapter', async () => {
	const fetchWay = 'wrap it, as fetchToRich(fetch(app)), of rsgi/adapters and rsgi/fetch';
	const nodeWay = 'wrap it, as nodeToRich(node(app)), of rsgi/adapters and rsgi/node';
	for (const [app, way] of [
		[hono, fetchWay],
		[koa, nodeWay],
		[express, nodeWay],
	] as const) {
		await expect((async () => serve(app as RichApp, { port: 0 }))()).rejects.toThrow(way);
		expect(refusal('RICH-3', () => rich(app))).toContain(way);
	}
});

test('ADAPT-1: adapt() says which stamp it wants', () => {
	expect(refusal('ADAPT-1', () => adapt(hono, 'rich'))).toContain('wrap it by fetch(), of rsgi/fetch');
	expect(refusal('ADAPT-1', () => adapt(express, 'rich'))).toContain('wrap it by node(), of rsgi/node');
});

test('FETCH-1, NODE-1, GATE-3: an adapter is named for one that speaks another layer than is wanted', () => {
	expect(refusal('FETCH-1', () => fetchToRich(hono))).toContain('wrap it, as fetch(app)');
	expect(refusal('NODE-1', () => nodeToRich(express))).toContain('wrap it, as node(app)');
	expect(refusal('NODE-1', () => nodeToRich(hono))).toContain("wrap it, as adapt(fetch(app), 'node')");
	expect(refusal('GATE-3', () => gatewayToRich(koa))).toContain("wrap it, as adapt(node(app), 'gateway')");
});

test('FETCH-1, GATE-4: the stamp of another layer is not put on it, and its own is', () => {
	for (const app of [koa, express]) expect(refusal('FETCH-1', () => fetchApp(app))).toContain('node() is in rsgi/node');
	expect(refusal('GATE-4', () => gateway(express))).toContain('node() is in rsgi/node');
	expect(() => [fetchApp(hono), node(koa), node(express)]).not.toThrow();
});
