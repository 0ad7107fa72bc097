/** @type {import('next').NextConfig} */
export default {
	// Its own lockfile says which files belong to the site.
	turbopack: { root: import.meta.dirname },
};
