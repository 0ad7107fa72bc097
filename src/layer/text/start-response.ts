/** How a text application begins its response. */
import type { ExcInfo, Write } from '../gateway/start-response.ts';

/** Field lines in order, duplicates kept; names and values are latin-1. */
export type TextFieldPairs = readonly (readonly [name: string, value: string])[];

/**
 * Begins the response, as `StartResponse` of the bytes layer does.
 *
 * @param status three digits, a space and the reason phrase: `'200 OK'`
 * @param fields the field lines, in the order in which they shall go
 * @param excInfo what was caught: with it, a second call replaces the response
 * @throws Misuse for characters above U+00FF (TEXT-9), and what the bytes layer throws
 */
export type TextStartResponse = (status: string, fields: TextFieldPairs, excInfo?: ExcInfo | null) => Write;
