import { notes } from '../notes.js';

export default () => notes;
