"""The package behind the course: one small module for each trick of training neural networks.

Nothing is imported here, so that every import in a chapter names the module that it opens:

>>> from course_lib.network import Network
>>> Network([2, 3, 4, 1])
Network([2, 3, 4, 1], activation='relu', loss='sigmoid_cross_entropy')
"""

__version__ = "0.1.0"
