import { index, route } from '@react-router/dev/routes';

export default [
	index('routes/home.jsx'),
	route('notes', 'routes/notes.jsx'),
	route('slow', 'routes/slow.jsx'),
	route('api/release', 'routes/release.js'),
	route('api/echo', 'routes/echo.js'),
];
