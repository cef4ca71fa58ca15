import './suggestion.css';
import './outcome.css';
import './history.css';
import './status.css';
