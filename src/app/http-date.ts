/** HTTP-date (RFC 9110 §5.6.7): the one form that is sent, and the three that are understood. */

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const MONTH = `(${MONTHS.join('|')})`;
const TIME = '(\\d\\d):(\\d\\d):(\\d\\d)';

/** `Sun, 06 Nov 1994 08:49:37 GMT` */
const IMF_FIXDATE = new RegExp(`^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (\\d\\d) ${MONTH} (\\d{4}) ${TIME} GMT$`);
/** `Sunday, 06-Nov-94 08:49:37 GMT` */
const RFC850 = new RegExp(`^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, (\\d\\d)-${MONTH}-(\\d\\d) ${TIME} GMT$`);
/** `Sun Nov  6 08:49:37 1994` */
const ASCTIME = new RegExp(`^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ${MONTH} (\\d\\d| \\d) ${TIME} (\\d{4})$`);

/** No HTTP-date is longer: `Wednesday, 06-Nov-94 08:49:37 GMT`. */
const LENGTH_MAX = 33;

/** A time in milliseconds as IMF-fixdate; what is beyond whole seconds is cut off. */
export function httpDate(time: number): string {
	return new Date(time).toUTCString();
}

/**
 * Reads an HTTP-date in any of its three forms.
 * @param now in milliseconds: a year of two digits that would lie more than 50 years ahead of it is one of the past
 * @returns milliseconds, or NaN when the text is not an HTTP-date
 */
export function parseHttpDate(text: string, now: number): number {
	if (text.length > LENGTH_MAX) return Number.NaN;
	let match = IMF_FIXDATE.exec(text);
	if (match !== null) return time(Number(match[3]), match[2], match[1], match[4], match[5], match[6]);
	match = ASCTIME.exec(text);
	if (match !== null) return time(Number(match[6]), match[1], match[2], match[3], match[4], match[5]);
	match = RFC850.exec(text);
	if (match === null) return Number.NaN;
	const thisYear = new Date(now).getUTCFullYear();
	let year = thisYear - (thisYear % 100) + Number(match[3]);
	if (year > thisYear + 50) year -= 100;
	return time(year, match[2], match[1], match[4], match[5], match[6]);
}

type Part = string | undefined;

function time(year: number, monthName: Part, day: Part, hour: Part, minute: Part, second: Part): number {
	const month = MONTHS.indexOf(monthName as string);
	// A leap second is allowed (RFC 5322 §3.3), and read as the second that follows.
	if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return Number.NaN;
	const date = new Date(0);
	date.setUTCFullYear(year, month, Number(day));
	// The 31st of April would become the 1st of May.
	if (date.getUTCMonth() !== month || date.getUTCDate() !== Number(day)) return Number.NaN;
	return date.setUTCHours(Number(hour), Number(minute), Number(second));
}
