import next from 'next';

export default next({ dir: import.meta.dirname });
